#include "config/client_flags.h"

namespace tailwater {
namespace {

constexpr ClientFlag kTailFlags[] = {
    {.name = "--level",
     .argument = "LEVEL",
     .parameter = "level",
     .help = "This level and above: trace, debug, info, warn, error, critical."},
    {.name = "--unknown",
     .parameter = "unknown",
     .value = "pass",
     .help = "With --level, also records in which no level is found."},
    {.name = "--grep",
     .short_name = "-e",
     .argument = "RE",
     .parameter = "grep",
     .repeatable = true,
     .help = "Only records that match (RE2); all of several must."},
    {.name = "--exclude",
     .short_name = "-x",
     .argument = "RE",
     .parameter = "exclude",
     .repeatable = true,
     .help = "No records that match."},
    {.name = "--ignore-case",
     .short_name = "-i",
     .parameter = "case",
     .value = "insensitive",
     .help = "Upper and lower case are the same to --grep and --exclude."},
    {.name = "--where",
     .argument = "EXPR",
     .parameter = "where",
     .help = "Only records whose fields say so, for example 'status>=500'."},
    {.name = "--file",
     .argument = "GLOB",
     .parameter = "file",
     .repeatable = true,
     .help = "Only files whose paths match."},
    {.name = "--lines",
     .short_name = "-n",
     .argument = "N",
     .parameter = "tail",
     .help = "The last N matching records first (default: 10)."},
    {.name = "--since",
     .argument = "TIME",
     .parameter = "since",
     .help = "What came since then first: 10m, 2h, or a time such as 2026-01-02T15:04:05Z."},
    {.name = "--from",
     .argument = "PLACE",
     .parameter = "from",
     .help = "Begin at the start, at the end, or just behind an event ID."},
    {.name = "--run",
     .help = "STREAM/FILE is a run: its lines alone, and the end with it. The address of a run's page means the same."},
    {.name = "--exit-status",
     .help = "With a run: exit as its command did, or with 0 where it passed and 1 where it did not."},
    {.name = "--no-follow", .parameter = "follow", .value = "0", .help = "Stop once the past is through."},
    {.name = "--json", .help = "Each record as a JSON object on a line, with its event ID."},
    {.name = "--time", .short_name = "-t", .help = "Put in front of each line when it arrived."},
    {.name = "--names",
     .help = "Put in front of each line its stream and file; without it, a terminal shows the stream where there are "
             "several."},
    {.name = "--color", .help = "Colours also where the output is no terminal."},
    {.name = "--no-color", .help = "No colours, those in the lines included."},
    {.name = "--retry", .help = "Wait for a server that is not there yet."},
    {.name = "--url",
     .argument = "URL",
     .help = "The server, where STREAM is a name: http://host:8245/, or unix:/path (default: $TAILWATER_URL, else "
             "http://127.0.0.1:8245/)."},
    {.name = "--token-file",
     .argument = "FILE",
     .help = "A file whose first line is the access token (default: $TAILWATER_TOKEN)."},
    {.name = "--ca-file", .argument = "FILE", .help = "Certificates (PEM) to trust instead of the system's."},
};

constexpr ClientFlag kTokenFlags[] = {
    {.name = "--group",
     .argument = "NAME",
     .repeatable = true,
     .help = "With `add`: readers and writers of streams can mean the token by this name, too."},
    {.name = "--stream",
     .argument = "GLOB",
     .repeatable = true,
     .help = "With `add`: it is for these streams alone, whatever else it might read."},
    {.name = "--expires",
     .argument = "TIME",
     .help = "With `add`: it ends by itself, after a time such as 90d or at one such as 2030-01-31T00:00:00Z."},
    {.name = "--admin", .help = "With `add`: it may read and write everything."},
    {.name = "--file", .argument = "FILE", .help = "The file of tokens (default: auth.tokens of the configuration)."},
};

constexpr ClientFlag kPushFlags[] = {
    {.name = "--to",
     .argument = "URL",
     .help = "The server: http://host:8245/, or unix:/path (default: $TAILWATER_URL, else http://127.0.0.1:8245/)."},
    {.name = "--continue",
     .help = "The input is the same as of a push that was broken off: what the server has of it already is passed "
             "over."},
    {.name = "--retry", .help = "Wait for a server that is not there yet."},
    {.name = "--token-file",
     .argument = "FILE",
     .help = "A file whose first line is the access token (default: $TAILWATER_TOKEN)."},
    {.name = "--ca-file", .argument = "FILE", .help = "Certificates (PEM) to trust instead of the system's."},
};

constexpr ClientFlag kRunFlags[] = {
    {.name = "--to",
     .argument = "URL",
     .help = "The server: http://host:8245/, or unix:/path (default: $TAILWATER_URL, else http://127.0.0.1:8245/)."},
    {.name = "--name",
     .short_name = "-n",
     .argument = "NAME",
     .help = "What runs of the same job are called (default: as the CI system calls the job, else after the command)."},
    {.name = "--attempt",
     .argument = "N",
     .help = "The number of the run among those of its name (default: as the CI system counts)."},
    {.name = "--label",
     .short_name = "-l",
     .argument = "KEY=VALUE",
     .repeatable = true,
     .help = "Something to know it by, beside what the CI system says: branch, commit, url and so on."},
    {.name = "--no-ci", .help = "Take nothing from the variables of a CI system."},
    {.name = "--pty",
     .help = "Give the command a terminal also where our output is none, so that it shows colours and progress."},
    {.name = "--no-pty",
     .help = "Give it pipes also where our output is a terminal: then stderr is told from stdout, and no line is "
             "written over."},
    {.name = "--quiet",
     .short_name = "-q",
     .help = "Show nothing of its output here; messages of our own are troubles."},
    {.name = "--wait",
     .argument = "TIME",
     .help = "For how long the end waits for a server that does not have everything yet: 10s, 5m, 0, or forever "
             "(default: 30s)."},
    {.name = "--strict",
     .help = "Exit with 125 where the command has succeeded, but the server does not have all of its output."},
    {.name = "--spool",
     .argument = "DIR",
     .help = "Where output lies that the server does not have yet (default: tailwater/runs in $XDG_STATE_HOME or "
             "~/.local/state, else below $TMPDIR)."},
    {.name = "--spool-size",
     .argument = "BYTES",
     .help = "How much of it, such as 1GiB (default: 256MiB). What is more is dropped, and a line says how much."},
    {.name = "--send",
     .help = "Run nothing, but send what earlier runs have left in the spool; of all, or of the files that are named."},
    {.name = "--token-file",
     .argument = "FILE",
     .help = "A file whose first line is the access token (default: $TAILWATER_TOKEN)."},
    {.name = "--ca-file", .argument = "FILE", .help = "Certificates (PEM) to trust instead of the system's."},
};

}  // namespace

std::span<const ClientFlag> client_flags(std::string_view command) {
  if (command == "token") return kTokenFlags;
  if (command == "tail") return kTailFlags;
  if (command == "push") return kPushFlags;
  if (command == "run") return kRunFlags;
  return {};
}

}  // namespace tailwater
