#include "config/option_table.h"

namespace tailwater {
namespace {

template <typename Section, typename Value>
FieldRef field_of(SectionRef section, Value Section::*member) {
  return &(std::get<Section*>(section)->*member);
}
/// The way from a section to one of its members, as a plain function that a row can hold.
template <auto Member>
FieldRef field(SectionRef section) {
  return field_of(section, Member);
}

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;
constexpr std::uint64_t kTiB = 1024 * kGiB;
constexpr std::uint64_t kSecond = 1000;
constexpr std::uint64_t kMinute = 60 * kSecond;
constexpr std::uint64_t kDay = 24 * 60 * kMinute;

constexpr std::string_view kLogLevels[] = {"trace", "debug", "info", "warn", "error", "critical", "off"};
constexpr std::string_view kLogFormats[] = {"text", "json"};
constexpr std::string_view kSandboxModes[] = {"off", "best-effort", "required"};

constexpr Option kServerOptions[] = {
    {.name = "listen",
     .flag = "--listen",
     .argument = "ADDR",
     .kind = ValueKind::kTextList,
     .field = field<&ServerConfig::listen>,
     .help = "Where to accept connections: host:port, [v6]:port or unix:/path. Port 0 takes any free port and prints "
             "it. The flag can be repeated. An address that other machines can reach needs a way of signing in, or "
             "`insecure`. With `tls.certificate` host:port speaks https alone; http:// before it leaves it without "
             "TLS. Sockets that "
             "systemd hands over (tailwater.socket) take the place of all of them."},
    {.name = "threads",
     .flag = "--threads",
     .argument = "N",
     .kind = ValueKind::kCount,
     .field = field<&ServerConfig::threads>,
     .maximum = 1024,
     .help = "Threads that serve clients; 0 is one per core."},
    {.name = "public_url",
     .field = field<&ServerConfig::public_url>,
     .help = "The address that users open, if it is not that of `listen`: behind a reverse proxy. It is printed at "
             "the start, and its host is one of the allowed hosts."},
    {.name = "base_path",
     .field = field<&ServerConfig::base_path>,
     .help = "The path under which a reverse proxy passes requests on without removing it, such as \"/logs\"."},
    {.name = "tls.certificate",
     .field = field<&ServerConfig::tls_certificate>,
     .reloadable = true,
     .help =
         "A PEM file with the certificate of the daemon, then those that lead to an authority that clients trust. "
         "With it every TCP address of `listen` speaks https (TLS 1.2 or 1.3); unix sockets stay plain. SIGHUP reads "
         "it again, for connections to come; to begin or to end with TLS takes a start."},
    {.name = "tls.key",
     .field = field<&ServerConfig::tls_key>,
     .reloadable = true,
     .help = "A PEM file with the certificate's private key, not encrypted; no other user should be able to read it."},
    {.name = "allowed_hosts",
     .kind = ValueKind::kTextList,
     .field = field<&ServerConfig::allowed_hosts>,
     .help = "Host names by which browsers may address the daemon, beside localhost and the addresses of `listen`. "
             "Requests with another Host header are refused with 421, which stops DNS rebinding."},
    {.name = "cors_origins",
     .kind = ValueKind::kTextList,
     .field = field<&ServerConfig::cors_origins>,
     .help =
         "Web pages of which other origins may read from here with a token, such as \"https://status.example.com\". "
         "Compared exactly; there is no wildcard, and cookies are never for them."},
    {.name = "trusted_proxies",
     .kind = ValueKind::kTextList,
     .field = field<&ServerConfig::trusted_proxies>,
     .help =
         "Reverse proxies of yours: addresses, blocks of them such as \"10.0.0.0/24\", or \"unix\" for whoever comes "
         "by a unix socket. What X-Forwarded-For says of their requests is believed: limits for each address, slowed "
         "sign-ins and the audit log then go by the client's address."},
    {.name = "state_dir",
     .flag = "--state-dir",
     .argument = "DIR",
     .field = field<&ServerConfig::state_dir>,
     .default_text = "$STATE_DIRECTORY, else /var/lib/tailwater if writable, else "
                     "${XDG_STATE_HOME:-~/.local/state}/tailwater",
     .help = "Where the journal is kept; `none` keeps it in memory. Without it, a restart forgets the order in which "
             "records of several files arrived, and the IDs that clients hold."},
    {.name = "log_level",
     .flag = "--log-level",
     .argument = "L",
     .field = field<&ServerConfig::log_level>,
     .reloadable = true,
     .choices = kLogLevels,
     .help = "The least severe of the daemon's own messages that is written."},
    {.name = "log_format",
     .flag = "--log-format",
     .argument = "F",
     .field = field<&ServerConfig::log_format>,
     .choices = kLogFormats,
     .help = "How the daemon's own messages are written to standard error."},
    {.name = "sandbox",
     .flag = "--sandbox",
     .argument = "MODE",
     .field = field<&ServerConfig::sandbox>,
     .choices = kSandboxModes,
     .help = "Once it is up the daemon gives away what it will not need: files outside of the configured paths, "
             "privileges, most system calls. `best-effort` does what the kernel can, `required` starts with all of it "
             "or not at all, `off` does nothing."},
    {.name = "foreign_hard_links",
     .kind = ValueKind::kFlag,
     .field = field<&ServerConfig::foreign_hard_links>,
     .help = "Follow also hard links to files of another user than the folder's. Whoever can write to a folder can put "
             "such a link there, to a file that is not to be read by all."},
    {.name = "insecure",
     .flag = "--insecure",
     .kind = ValueKind::kFlag,
     .field = field<&ServerConfig::insecure>,
     .help = "Allow `listen` addresses that other machines can reach although nobody is asked who they are."},
    {.name = "keeper",
     .flag = "--keeper",
     .kind = ValueKind::kFlag,
     .field = field<&ServerConfig::keeper>,
     .help = "Run under a small parent process that keeps the connections of streams while the daemon is restarted: by "
             "SIGUSR2, also with a new binary, or after a crash. For hosts without systemd, which does the same."},
    {.name = "heartbeat",
     .kind = ValueKind::kDuration,
     .field = field<&ServerConfig::heartbeat>,
     .minimum = kSecond,
     .maximum = 10 * kMinute,
     .help = "Silence on a stream after which a comment is sent, so that proxies and clients see that it lives."},
    {.name = "shutdown_grace",
     .kind = ValueKind::kDuration,
     .field = field<&ServerConfig::shutdown_grace>,
     .maximum = kMinute,
     .help = "How long a stop waits for clients to take what has been sent to them."},
};

constexpr Option kLimitOptions[] = {
    {.name = "clients",
     .kind = ValueKind::kCount,
     .field = field<&LimitsConfig::clients>,
     .minimum = 1,
     .maximum = 10'000'000,
     .help = "Connections at a time. It is lowered, and the log says so, if the limit of open files is too small."},
    {.name = "clients_per_address",
     .kind = ValueKind::kCount,
     .field = field<&LimitsConfig::clients_per_address>,
     .minimum = 1,
     .maximum = 10'000'000,
     .help = "The same from one address. Loopback and unix sockets are not counted: a reverse proxy is one address."},
    {.name = "request_rate",
     .kind = ValueKind::kCount,
     .field = field<&LimitsConfig::request_rate>,
     .maximum = 1'000'000,
     .help = "Requests a second from one address, which may make five times as many at once; beyond that they get 429. "
             "Loopback and unix sockets are not counted; 0 counts nobody."},
    {.name = "connection_rate",
     .kind = ValueKind::kCount,
     .field = field<&LimitsConfig::connection_rate>,
     .maximum = 1'000'000,
     .help = "The same for new connections, which are closed unread."},
    {.name = "head_bytes",
     .kind = ValueKind::kBytes,
     .field = field<&LimitsConfig::head_bytes>,
     .minimum = kKiB,
     .maximum = kMiB,
     .help = "The longest request head, with its URL."},
    {.name = "head_timeout",
     .kind = ValueKind::kDuration,
     .field = field<&LimitsConfig::head_timeout>,
     .minimum = 100,
     .maximum = kDay,
     .help = "How long a client may take to send a request head."},
    {.name = "stall_timeout",
     .kind = ValueKind::kDuration,
     .field = field<&LimitsConfig::stall_timeout>,
     .minimum = kSecond,
     .maximum = kDay,
     .help = "A client that takes nothing for so long, while something waits for it, is disconnected; so is one whose "
             "machine acknowledges nothing, and one that takes longer to send what follows a request head."},
    {.name = "client_rate",
     .kind = ValueKind::kBytes,
     .field = field<&LimitsConfig::client_rate>,
     .maximum = kTiB,
     .help = "Bytes that one stream may get in a second; 0 is as many as it takes. A client that would need more falls "
             "behind and reads history later: it loses nothing."},
    {.name = "max_record_bytes",
     .kind = ValueKind::kBytes,
     .field = field<&LimitsConfig::max_record_bytes>,
     .reloadable = true,
     .minimum = 64,
     .maximum = 16 * kMiB,
     .help = "A longer record is sent in parts of this size, each marked `truncated`. Streams can have their own."},
    {.name = "feed_bytes",
     .kind = ValueKind::kBytes,
     .field = field<&LimitsConfig::feed_bytes>,
     .minimum = 256 * kKiB,
     .maximum = kTiB,
     .help = "What is kept ready for all clients with the same query. A client that is further behind reads the "
             "files again: it loses nothing, but costs more."},
    {.name = "all_feeds_bytes",
     .kind = ValueKind::kBytes,
     .field = field<&LimitsConfig::all_feeds_bytes>,
     .minimum = 256 * kKiB,
     .maximum = kTiB,
     .help = "The same, over all queries."},
    {.name = "feeds",
     .kind = ValueKind::kCount,
     .field = field<&LimitsConfig::feeds>,
     .minimum = 1,
     .maximum = 1'000'000,
     .help = "Different queries that are followed at a time."},
    {.name = "history_workers",
     .kind = ValueKind::kCount,
     .field = field<&LimitsConfig::history_workers>,
     .minimum = 1,
     .maximum = 256,
     .help = "Threads that read history from disk: for clients that catch up, pages and searches."},
    {.name = "searches",
     .kind = ValueKind::kCount,
     .field = field<&LimitsConfig::searches>,
     .minimum = 1,
     .maximum = 1000,
     .help = "Searches and histograms at the same time, in all."},
    {.name = "searches_per_caller",
     .kind = ValueKind::kCount,
     .field = field<&LimitsConfig::searches_per_caller>,
     .minimum = 1,
     .maximum = 1000,
     .help = "The same for one who has signed in, and for all together who have not."},
    {.name = "history_step_bytes",
     .kind = ValueKind::kBytes,
     .field = field<&LimitsConfig::history_step_bytes>,
     .minimum = 64 * kKiB,
     .maximum = kGiB,
     .help = "What is made ready at a time for one client that catches up: the memory that it costs."},
    {.name = "journal_bytes",
     .kind = ValueKind::kBytes,
     .field = field<&LimitsConfig::journal_bytes>,
     .minimum = 4 * kMiB,
     .maximum = kTiB,
     .help = "Disk space for the journal, the order in which records arrived. What falls off its end can still be "
             "read, in no known order between files; a client with an ID from there is told so by a `gap` event."},
    {.name = "journal_memory_bytes",
     .kind = ValueKind::kBytes,
     .field = field<&LimitsConfig::journal_memory_bytes>,
     .minimum = kMiB,
     .maximum = kTiB,
     .help = "The same for a journal in memory."},
    {.name = "files",
     .kind = ValueKind::kCount,
     .field = field<&LimitsConfig::files>,
     .minimum = 1,
     .maximum = 10'000'000,
     .help = "Files followed at a time, over all streams. The log names those that are left out."},
    {.name = "glob_depth",
     .kind = ValueKind::kCount,
     .field = field<&LimitsConfig::glob_depth>,
     .minimum = 1,
     .maximum = 128,
     .help = "How many directories deep `**` looks."},
    {.name = "partial_after",
     .kind = ValueKind::kDuration,
     .field = field<&LimitsConfig::partial_after>,
     .maximum = kDay,
     .help = "A last line without a newline is shown, marked `partial`, when its file has been quiet for so long; "
             "0s waits for the newline."},
    {.name = "sweep_interval",
     .kind = ValueKind::kDuration,
     .field = field<&LimitsConfig::sweep_interval>,
     .minimum = 100,
     .maximum = kDay,
     .help = "How often all files are looked at whatever inotify says."},
    {.name = "poll_interval",
     .kind = ValueKind::kDuration,
     .field = field<&LimitsConfig::poll_interval>,
     .minimum = 10,
     .maximum = kDay,
     .help = "The same for files on file systems where inotify does not work."},
    {.name = "retained_files",
     .kind = ValueKind::kCount,
     .field = field<&LimitsConfig::retained_files>,
     .maximum = 1'000'000,
     .help = "Rotated or deleted files that are kept open, for clients that have not read them to their end."},
    {.name = "retained_bytes",
     .kind = ValueKind::kBytes,
     .field = field<&LimitsConfig::retained_bytes>,
     .maximum = 1024 * kTiB,
     .help = "Disk space that such files may hold on to after their deletion."},
    {.name = "retained_age",
     .kind = ValueKind::kDuration,
     .field = field<&LimitsConfig::retained_age>,
     .minimum = kSecond,
     .maximum = 364 * kDay,
     .help = "How long they are kept open."},
};

constexpr std::string_view kMultilineRules[] = {"java", "python", "go", "ruby"};
constexpr std::string_view kMultilineModes[] = {"halt_before", "continue_through", "continue_past", "halt_with"};

constexpr Option kStreamOptions[] = {
    {.name = "name",
     .field = field<&StreamConfig::name>,
     .reloadable = true,
     .required = true,
     .help = "By which clients ask for it: 1 to 64 of A-Z a-z 0-9 . _ -"},
    {.name = "paths",
     .kind = ValueKind::kTextList,
     .field = field<&StreamConfig::paths>,
     .reloadable = true,
     .default_text = "none; required unless `push` or `journal` is set",
     .help = "Files, directories and globs (`*`, `?`, `[a-z]`, `{a,b}`, and `**` for any number of directories), "
             "absolute. A file that does not exist yet is followed when it appears."},
    {.name = "exclude",
     .kind = ValueKind::kTextList,
     .field = field<&StreamConfig::exclude>,
     .reloadable = true,
     .help = "Globs of files that are left out. Without a slash they are matched with the file's name alone."},
    {.name = "readers",
     .kind = ValueKind::kTextList,
     .field = field<&StreamConfig::readers>,
     .reloadable = true,
     .help = "Names and groups of those who may read it; for all others it does not exist. `*` is everybody who has "
             "signed in, `anonymous` everybody (see auth.anonymous). Without a way of signing in nobody is asked."},
    {.name = "writers",
     .kind = ValueKind::kTextList,
     .field = field<&StreamConfig::writers>,
     .reloadable = true,
     .help = "The same for those who may publish to it."},
    {.name = "max_record_bytes",
     .kind = ValueKind::kBytes,
     .field = field<&StreamConfig::max_record_bytes>,
     .reloadable = true,
     .minimum = 64,
     .maximum = 16 * kMiB,
     .default_text = "limits.max_record_bytes",
     .help = "A longer record is sent in parts of this size, each marked `truncated`."},
    {.name = "parse",
     .field = field<&StreamConfig::parse>,
     .reloadable = true,
     .help =
         "How fields are found in lines, for `where` and `fields=1`: auto, none, json, logfmt, syslog, combined, or a "
         "regular expression (RE2) whose named groups `(?P<name>...)` are the fields. `docker` and `cri` are for "
         "the log files of containers: they are unwrapped and their partial lines joined."},
    {.name = "multiline",
     .field = field<&StreamConfig::multiline>,
     .reloadable = true,
     .choices = kMultilineRules,
     .default_text = "each line is a record",
     .help = "Which lines belong to one record: the name of a built-in rule for stack traces, or a table of the keys "
             "below, such as `{ start = '^\\d{4}-' }`."},
    {.name = "multiline.start",
     .field = field<&StreamConfig::multiline_start>,
     .reloadable = true,
     .help =
         "A record of several lines begins with a line in which this occurs. Alone, every such line begins a record, "
         "and all others go on with it."},
    {.name = "multiline.continuation",
     .field = field<&StreamConfig::multiline_continuation>,
     .reloadable = true,
     .help = "Lines in which this occurs go on with the record before them: condition with mode continue_through."},
    {.name = "multiline.condition",
     .field = field<&StreamConfig::multiline_condition>,
     .reloadable = true,
     .help = "What `mode` is about."},
    {.name = "multiline.mode",
     .field = field<&StreamConfig::multiline_mode>,
     .reloadable = true,
     .choices = kMultilineModes,
     .help = "A line in which `condition` occurs goes on with the record before it (continue_through), goes on in the "
             "next line (continue_past), begins a record (halt_before) or is the last one of its record (halt_with)."},
    {.name = "multiline.max_lines",
     .kind = ValueKind::kCount,
     .field = field<&StreamConfig::multiline_max_lines>,
     .reloadable = true,
     .minimum = 2,
     .maximum = 100'000,
     .help = "A record has no more lines than this, and is `truncated` then; no more bytes than `max_record_bytes`."},
    {.name = "multiline.timeout",
     .kind = ValueKind::kDuration,
     .field = field<&StreamConfig::multiline_timeout>,
     .reloadable = true,
     .minimum = 10,
     .maximum = kDay,
     .help =
         "A record that could go on is sent when its file has been quiet for so long; what follows is another one."},
    {.name = "time.format",
     .field = field<&StreamConfig::time_format>,
     .reloadable = true,
     .default_text = "found by looking at each line",
     .help =
         "How lines state their time, for `since`, `until` and `time` in events, if it is not found: "
         "'%d.%m.%Y %H:%M:%S'. Letters as in strptime(3): %Y %y %m %b %d %e %j %H %I %p %M %S %f (fraction) %z %s."},
    {.name = "time.zone",
     .field = field<&StreamConfig::time_zone>,
     .reloadable = true,
     .default_text = "UTC",
     .help = "The zone of times that state none: UTC, or how far it is ahead of it: +02:00."},
    {.name = "drop",
     .kind = ValueKind::kTextList,
     .field = field<&StreamConfig::drop>,
     .reloadable = true,
     .help = "Regular expressions (RE2). Records in which one of them occurs are sent to nobody. They stay in their "
             "files, and metrics count them."},
    {.name = "push",
     .kind = ValueKind::kFlag,
     .field = field<&StreamConfig::push>,
     .reloadable = true,
     .help = "Take lines over HTTP (`/api/ingest`, `tailwater push`), by those who may write to the stream. They are "
             "kept in files in the state directory, one for each name, and followed like any file."},
    {.name = "push_file_bytes",
     .kind = ValueKind::kBytes,
     .field = field<&StreamConfig::push_file_bytes>,
     .reloadable = true,
     .minimum = 64 * kKiB,
     .maximum = kTiB,
     .help = "Disk space for what is pushed to one name. At half of it the file is rotated, and the one before goes."},
    {.name = "push_bytes",
     .kind = ValueKind::kBytes,
     .field = field<&StreamConfig::push_bytes>,
     .reloadable = true,
     .minimum = 64 * kKiB,
     .maximum = 1024 * kTiB,
     .help = "The same for all names of the stream; those go first to which nothing was pushed for longest."},
    {.name = "push_files",
     .kind = ValueKind::kCount,
     .field = field<&StreamConfig::push_files>,
     .reloadable = true,
     .minimum = 1,
     .maximum = 1'000'000,
     .help = "How many names are kept."},
    {.name = "push_age",
     .kind = ValueKind::kDuration,
     .field = field<&StreamConfig::push_age>,
     .reloadable = true,
     .minimum = kMinute,
     .maximum = 3650 * kDay,
     .help = "For how long a name is kept to which nothing more is pushed."},
    {.name = "journal",
     .kind = ValueKind::kFlag,
     .field = field<&StreamConfig::journal>,
     .reloadable = true,
     .help =
         "Follow the journal of systemd: `true`, or a table of the keys below, such as `{ units = [\"nginx\"] }`. "
         "Entries are kept as lines of JSON in the state directory and followed like any file. Needs libsystemd and "
         "the group systemd-journal or adm."},
    {.name = "journal.units",
     .kind = ValueKind::kTextList,
     .field = field<&StreamConfig::journal_units>,
     .reloadable = true,
     .help = "Only entries of these units, and what systemd says about them, as `journalctl --unit`. Globs are "
             "possible; a name without a type is that of a service."},
    {.name = "journal.kernel",
     .kind = ValueKind::kFlag,
     .field = field<&StreamConfig::journal_kernel>,
     .reloadable = true,
     .help = "The kernel's entries: beside those of `journal.units`, or only these if there are none."},
    {.name = "journal.priority",
     .field = field<&StreamConfig::journal_priority>,
     .reloadable = true,
     .default_text = "all",
     .help = "Only entries of this priority and more severe ones: emerg, alert, crit, err, warning, notice, info, "
             "debug, or 0 to 7."},
    {.name = "journal.matches",
     .kind = ValueKind::kTextList,
     .field = field<&StreamConfig::journal_matches>,
     .reloadable = true,
     .help = "Only entries with these fields, as for journalctl(1): `_UID=1000`. Of several for one field one has to "
             "fit, of several fields all; `+` stands between alternatives."},
    {.name = "journal.fields",
     .kind = ValueKind::kTextList,
     .field = field<&StreamConfig::journal_fields>,
     .reloadable = true,
     .help = "More fields for each line, by their names in the journal (`_UID`, `CONTAINER_NAME`), or `all` of them. "
             "Every line has time, level, priority, unit, identifier, pid, hostname, transport and message."},
    {.name = "journal.directory",
     .field = field<&StreamConfig::journal_directory>,
     .reloadable = true,
     .default_text = "the system's: /var/log/journal and /run/log/journal",
     .help = "A directory of journal files, such as those that systemd-journal-remote receives."},
    {.name = "journal.since",
     .field = field<&StreamConfig::journal_since>,
     .reloadable = true,
     .default_text = "the last 10,000 entries",
     .help = "Where to begin when the journal is followed for the first time: `boot` (the last one), `all`, `now`, or "
             "how far back: `24h`. Later starts go on where the one before ended."},
    {.name = "journal.spool_bytes",
     .kind = ValueKind::kBytes,
     .field = field<&StreamConfig::journal_spool_bytes>,
     .reloadable = true,
     .minimum = kMiB,
     .maximum = kTiB,
     .help = "Disk space for these lines. At half of it the file is rotated, and the one before goes."},
    {.name = "redact",
     .kind = ValueKind::kTextList,
     .field = field<&StreamConfig::redact>,
     .reloadable = true,
     .help = "What is replaced by `[redacted:name]` in each line before anybody sees or searches it: `default` for all "
             "secrets that are known, the name of one of them, `!name` for all so far but this one, `name=PATTERN` for "
             "your own (RE2; a group is the secret, else the whole match). An empty list hides nothing."},
};

constexpr std::string_view kAnonymousChoices[] = {"none", "read"};
constexpr std::string_view kJwtAlgorithms[] = {"HS256", "RS256", "ES256", "EdDSA"};

constexpr Option kAuthOptions[] = {
    {.name = "tokens",
     .flag = "--tokens",
     .argument = "FILE",
     .field = field<&AuthConfig::tokens>,
     .default_text = "no tokens",
     .help = "The file of access tokens, which `tailwater token` makes and which holds their digests alone. "
             "`credential:NAME` is a file that systemd's LoadCredential passes. A change of it is noticed."},
    {.name = "anonymous",
     .field = field<&AuthConfig::anonymous>,
     .reloadable = true,
     .choices = kAnonymousChoices,
     .help = "What those may do who have not signed in: nothing, or read the streams that name `anonymous` among their "
             "readers."},
    {.name = "administrators",
     .kind = ValueKind::kTextList,
     .field = field<&AuthConfig::administrators>,
     .reloadable = true,
     .help = "Names and groups of those who may read and write every stream."},
    {.name = "session_lifetime",
     .kind = ValueKind::kDuration,
     .field = field<&AuthConfig::session_lifetime>,
     .reloadable = true,
     .minimum = kMinute,
     .maximum = 90 * kDay,
     .help = "How long a browser stays signed in."},
    {.name = "audit_log",
     .field = field<&AuthConfig::audit_log>,
     .default_text = "`log` if anybody is asked who he is, else `none`",
     .help = "Where one line of JSON goes for each sign-in, refusal, subscription, reading of the past, publication "
             "and change of tokens: a file, `log` for the daemon's own messages, or `none`. SIGHUP opens the file "
             "anew."},
    {.name = "jwt.algorithm",
     .field = field<&AuthConfig::jwt_algorithm>,
     .choices = kJwtAlgorithms,
     .default_text = "no JSON Web Tokens",
     .help = "How JSON Web Tokens are signed that somebody else issues. No other algorithm is accepted."},
    {.name = "jwt.key",
     .field = field<&AuthConfig::jwt_key>,
     .help =
         "The file with the public key (PEM), the secret of HS256, or a JWK set; or `credential:NAME`. SIGHUP reads "
         "it again."},
    {.name = "jwt.issuer",
     .field = field<&AuthConfig::jwt_issuer>,
     .reloadable = true,
     .default_text = "any",
     .help = "What a token's `iss` must be."},
    {.name = "jwt.audience",
     .field = field<&AuthConfig::jwt_audience>,
     .reloadable = true,
     .default_text = "tokens that name an audience are refused",
     .help = "What a token's `aud` must hold."},
    {.name = "jwt.leeway",
     .kind = ValueKind::kDuration,
     .field = field<&AuthConfig::jwt_leeway>,
     .reloadable = true,
     .maximum = 10 * kMinute,
     .help = "How far the issuer's clock may be from ours."},
    {.name = "jwt.groups_claim",
     .field = field<&AuthConfig::jwt_groups_claim>,
     .reloadable = true,
     .help = "The claim with the caller's groups: a list, or words in one text. Empty: tokens bring no groups. The "
             "subject itself is named `jwt:SUB` in readers and writers."},
    {.name = "jwt.streams_claim",
     .field = field<&AuthConfig::jwt_streams_claim>,
     .reloadable = true,
     .default_text = "tokens are not narrowed",
     .help =
         "The claim with the names or globs of the streams that a token is for. It narrows what readers and writers "
         "allow; a token without the claim then reads nothing."},
};

constexpr Option kUserOptions[] = {
    {.name = "name",
     .field = field<&UserConfig::name>,
     .reloadable = true,
     .required = true,
     .help = "1 to 64 of A-Z a-z 0-9 . _ @ -"},
    {.name = "password",
     .field = field<&UserConfig::password>,
     .reloadable = true,
     .required = true,
     .help = "The hash of the password, as `tailwater password` prints it."},
    {.name = "groups",
     .kind = ValueKind::kTextList,
     .field = field<&UserConfig::groups>,
     .reloadable = true,
     .help = "Names that readers and writers can mean the user by, beside his own."},
};

constexpr Option kSamplerOptions[] = {
    {.name = "interval",
     .kind = ValueKind::kDuration,
     .field = field<&SamplerConfig::interval>,
     .maximum = 10 * kMinute,
     .default_text = "1s while somebody asks, else 1m",
     .help = "How often the machine's vital signs are read, whether anybody asks for them or not; 0s never does. Less "
             "than a tenth of a second is a tenth."},
    {.name = "per_core",
     .kind = ValueKind::kFlag,
     .field = field<&SamplerConfig::per_core>,
     .help = "Processor time for each core instead of for all of them together."},
    {.name = "log_levels",
     .kind = ValueKind::kFlag,
     .field = field<&SamplerConfig::log_levels>,
     .help = "Count the lines of each stream by the level that they state. Finding it doubles what ingest needs for a "
             "line."},
    {.name = "units",
     .kind = ValueKind::kTextList,
     .field = field<&SamplerConfig::units>,
     .help =
         "Globs of the names of the systemd units whose use of processor, memory, disks and tasks is read; [] reads "
         "none. Units of users' own managers are not among them: see `cgroups`."},
    {.name = "cgroups",
     .kind = ValueKind::kTextList,
     .field = field<&SamplerConfig::cgroups>,
     .help = "Globs of other control groups, by their path below /sys/fs/cgroup: \"docker/*\", \"system.slice\", "
             "\"user.slice/**/*.service\"."},
    {.name = "max_units",
     .kind = ValueKind::kCount,
     .field = field<&SamplerConfig::max_units>,
     .minimum = 1,
     .maximum = 2000,
     .help = "Units and control groups that are read at most; each can take eight descriptors."},
    {.name = "readers",
     .kind = ValueKind::kTextList,
     .field = field<&SamplerConfig::readers>,
     .reloadable = true,
     .help =
         "Who may read the samples and /metrics: as the readers of a stream. What tells of a stream is for those alone "
         "who may read it, too."},
    {.name = "history_bytes",
     .kind = ValueKind::kBytes,
     .field = field<&SamplerConfig::history_bytes>,
     .minimum = kMiB,
     .maximum = kTiB,
     .help = "Disk space for what samples said: each second for an hour, each 10 seconds for a day, each minute for "
             "a month, or less where that does not fit. Without a state directory it is memory, at most 8 MiB."},
    {.name = "spool_bytes",
     .kind = ValueKind::kBytes,
     .field = field<&SamplerConfig::spool_bytes>,
     .minimum = kMiB,
     .maximum = kTiB,
     .help = "Disk space for the samples that a client of `metric` events can still catch up with. Without a state "
             "directory it is memory, at most 4 MiB."},
};

constexpr std::string_view kMetricTypes[] = {"counter", "gauge", "histogram"};

constexpr Option kMetricOptions[] = {
    {.name = "name",
     .field = field<&MetricConfig::name>,
     .reloadable = true,
     .required = true,
     .help = "Letters, digits, `_` and `.`, not beginning with a digit: http_requests, shop.orders."},
    {.name = "type",
     .field = field<&MetricConfig::type>,
     .reloadable = true,
     .choices = kMetricTypes,
     .help = "A counter adds up, a gauge is the last value seen, a histogram counts values in buckets."},
    {.name = "stream",
     .field = field<&MetricConfig::stream>,
     .reloadable = true,
     .default_text = "all streams",
     .help =
         "The stream whose lines are looked at. Who may read it may see the metric; one of all streams is for those "
         "who may read all."},
    {.name = "match",
     .field = field<&MetricConfig::match>,
     .reloadable = true,
     .required = true,
     .help =
         "A regular expression (RE2). Lines in which it occurs are counted; a group `(?P<value>...)` is the number, "
         "every other named group a label. Without `value` each line counts 1."},
    {.name = "help",
     .field = field<&MetricConfig::help>,
     .reloadable = true,
     .help = "What the metric says, for /metrics."},
    {.name = "buckets",
     .kind = ValueKind::kNumberList,
     .field = field<&MetricConfig::buckets>,
     .reloadable = true,
     .help = "Upper bounds of a histogram's buckets, growing."},
    {.name = "max_series",
     .kind = ValueKind::kCount,
     .field = field<&MetricConfig::max_series>,
     .reloadable = true,
     .minimum = 1,
     .maximum = 100'000,
     .help = "Different combinations of labels. Lines with another one are not counted, which "
             "tailwater_log_metric_dropped_total tells."},
    {.name = "ttl",
     .kind = ValueKind::kDuration,
     .field = field<&MetricConfig::ttl>,
     .reloadable = true,
     .maximum = 364 * kDay,
     .help = "A combination of labels that no line has had for so long is forgotten; 0s never is."},
};

constexpr Option kRunsOptions[] = {
    {.name = "stream",
     .field = field<&RunsConfig::stream>,
     .reloadable = true,
     .required = true,
     .help = "The stream whose files are runs, one each."},
    {.name = "match",
     .field = field<&RunsConfig::match>,
     .reloadable = true,
     .default_text = "NAME-17, NAME.17, NAME/17 and the like: NAME, attempt 17",
     .help =
         "A regular expression (RE2) on a run's file: its path, or the name that it was pushed under. The group "
         "`(?P<name>...)` is the name that runs of the same job share, `(?P<attempt>...)` a number, every other named "
         "group a label."},
    {.name = "rules",
     .kind = ValueKind::kTextList,
     .field = field<&RunsConfig::rules>,
     .reloadable = true,
     .help =
         "Patterns (RE2) of lines that tell of stages, progress, tests or results, for output that is not recognised "
         "by itself; their named groups say what a line means: '^==> (?P<stage>.+)$'. For runs that begin from then "
         "on. docs/runs.md has the names."},
    {.name = "idle",
     .kind = ValueKind::kDuration,
     .field = field<&RunsConfig::idle>,
     .reloadable = true,
     .minimum = kSecond,
     .maximum = 30 * kDay,
     .help =
         "Silence after which a run that has not said how it ended is over: by what its output says, or else `lost`, "
         "because whoever wrote it is taken to be gone. It runs again when another line comes."},
    {.name = "keep_age",
     .kind = ValueKind::kDuration,
     .field = field<&RunsConfig::keep_age>,
     .reloadable = true,
     .minimum = kMinute,
     .maximum = 3650 * kDay,
     .help =
         "For how long a run is kept that has ended. Of a pushed run the file is removed, too; the file of any other "
         "stays where it is, and only the run is forgotten."},
    {.name = "keep_runs",
     .kind = ValueKind::kCount,
     .field = field<&RunsConfig::keep_runs>,
     .reloadable = true,
     .minimum = 1,
     .maximum = 100'000,
     .help = "How many runs are kept; those go first that ended first."},
    {.name = "keep_bytes",
     .kind = ValueKind::kBytes,
     .field = field<&RunsConfig::keep_bytes>,
     .reloadable = true,
     .minimum = kMiB,
     .maximum = 1024 * kTiB,
     .help = "The same for the bytes of their files together."},
    {.name = "public",
     .kind = ValueKind::kFlag,
     .field = field<&RunsConfig::open_to_all>,
     .reloadable = true,
     .help =
         "Everybody may read the stream: its runs, their badges and their lines, without signing in. It has no effect "
         "on other streams."},
};

constexpr OptionSection kSections[] = {
    {"server", /*repeated=*/false, "Where the daemon listens and what it says about itself.", kServerOptions},
    {"limits", /*repeated=*/false, "Every bound on memory, disk, files and time.", kLimitOptions},
    {"auth", /*repeated=*/false,
     "Who may read. Tokens, users or JSON Web Tokens: as soon as there is one of them, everybody has to sign in.",
     kAuthOptions},
    {"user", /*repeated=*/true, "Somebody who signs in with a password, at /login.", kUserOptions},
    {"sampler", /*repeated=*/false, "The machine's vital signs, read out of /proc.", kSamplerOptions},
    {"stream", /*repeated=*/true,
     "A named set of files that is followed and sent as one. Without any, and without paths on the command line, one "
     "stream `log` follows /var/log.",
     kStreamOptions},
    {"metric", /*repeated=*/true, "A number made of log lines, for /metrics, /api/metrics and `metric` events.",
     kMetricOptions},
    {"runs", /*repeated=*/true,
     "A stream whose files are runs: jobs with a name, a state and a result, for /runs, /api/runs, badges and `run` "
     "events.",
     kRunsOptions},
};

}  // namespace

std::span<const OptionSection> option_sections() {
  return kSections;
}

SectionRef section_of(Configuration& configuration, const OptionSection& section) {
  if (section.name == "limits") return &configuration.limits;
  if (section.name == "auth") return &configuration.auth;
  if (section.name == "user") return &configuration.users.emplace_back();
  if (section.name == "sampler") return &configuration.sampler;
  if (section.name == "stream") return &configuration.streams.emplace_back();
  if (section.name == "metric") return &configuration.metrics.emplace_back();
  if (section.name == "runs") return &configuration.runs.emplace_back();
  return &configuration.server;
}

FoundOption find_option(std::string_view key_or_flag) {
  for (const OptionSection& section : kSections) {
    for (const Option& option : section.options) {
      if (!option.flag.empty() && option.flag == key_or_flag) return {&section, &option};
      if (key_or_flag == option_key(section, option)) return {&section, &option};
    }
  }
  return {};
}

}  // namespace tailwater
