#include "token_command.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "access/access_rules.h"
#include "access/password_hash.h"
#include "access/private_file.h"
#include "access/token_file.h"
#include "base/time_text.h"
#include "base/unique_fd.h"

namespace tailwater {
namespace {

constexpr ByteCount kMaxTokenFile = 4 << 20;
constexpr std::size_t kMinPassword = 8;
constexpr std::size_t kMaxPassword = 1024;

/// Two `token add` at a time wait for each other. The file is replaced as a whole, so its folder is what is locked.
Result<UniqueFd> lock_folder_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : file.substr(0, std::max<std::size_t>(slash, 1));
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return fail(errno_error("open", folder, errno));
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return fail(errno_error("lock", folder, errno));
  }
  return fd;
}

Result<std::string> read_or_empty(const std::string& file) {
  auto text = read_private_file(file, kMaxTokenFile);
  if (!text && text.error().code == ErrorCode::kNotFound) return std::string();
  return text;
}

/// The fields that come from the command line.
Result<void> fill_in(const CommandLine::TokenRequest& request, WallTime now, Token& token) {
  const auto wrong = [](std::string message) { return fail(ErrorCode::kInvalid, std::move(message)); };
  if (!is_principal_name(request.name)) {
    return wrong(fmt::format("'{}' is not a token's name (write 1 to 64 of A-Z a-z 0-9 . _ @ -)", request.name));
  }
  token.name = request.name;
  token.created = now;
  token.administrator = request.administrator;
  token.groups = request.groups;
  for (const std::string& group : request.groups) {
    if (!is_principal_name(group)) return wrong(fmt::format("--group: '{}' is not a group's name", group));
  }
  for (const std::string& stream : request.streams) {
    auto glob = Glob::parse(stream);
    const bool plain = stream.find_first_of(", \t\r\n") == std::string::npos;
    if (!glob || !plain || stream.empty()) return wrong(fmt::format("--stream: '{}' is not a name or a glob", stream));
    if (!token.only_streams) token.only_streams.emplace();
    token.only_streams->push_back(std::move(*glob));
  }
  if (request.expires.empty()) return {};
  if (const auto lifetime = parse_duration(request.expires); lifetime && lifetime->count() > 0) {
    token.expires = now + *lifetime;
  } else if (const auto time = parse_rfc3339(request.expires); time && *time > now) {
    token.expires = *time;
  } else {
    return wrong(
        fmt::format("--expires: '{}' is not a time to come (write 90d or 2030-01-31T00:00:00Z)", request.expires));
  }
  return {};
}

Result<CommandOutput> add(const CommandLine::TokenRequest& request, const std::string& file, WallTime now) {
  auto made = make_token();
  if (!made) return fail(made.error());
  if (auto filled = fill_in(request, now, made->token); !filled) return fail(filled.error());
  auto text = read_or_empty(file);
  if (!text) return fail(text.error());
  const auto tokens = parse_token_file(*text, file);
  if (!tokens) return fail(tokens.error());
  if (tokens->size() >= kMaxTokens) return fail(ErrorCode::kInvalid, fmt::format("{} is full (revoke some)", file));
  if (!text->empty() && text->back() != '\n') *text += '\n';
  if (auto written = write_private_file(file, *text + to_line(made->token)); !written) return fail(written.error());
  return CommandOutput{made->secret + "\n", fmt::format("token {} ({}) added to {}; it is shown this once\n",
                                                        made->token.id, made->token.name, file)};
}

std::string describe(const Token& token, WallTime now) {
  std::string line = fmt::format("{}  {}  created {}", token.id, token.name, to_rfc3339(token.created));
  if (token.expires) {
    line += fmt::format("  {} {}", now < *token.expires ? "expires" : "EXPIRED", to_rfc3339(*token.expires));
  }
  if (!token.groups.empty()) line += fmt::format("  groups {}", fmt::join(token.groups, ","));
  if (token.only_streams) {
    line += "  only";
    for (const Glob& glob : *token.only_streams) line += " " + glob.text();
  }
  if (token.administrator) line += "  administrator";
  return line + "\n";
}

Result<CommandOutput> list(const std::string& file, WallTime now) {
  const auto text = read_or_empty(file);
  if (!text) return fail(text.error());
  const auto tokens = parse_token_file(*text, file);
  if (!tokens) return fail(tokens.error());
  CommandOutput output;
  for (const Token& token : *tokens) output.out += describe(token, now);
  if (tokens->empty()) output.note = fmt::format("no tokens in {} (tailwater token add NAME makes one)\n", file);
  return output;
}

Result<CommandOutput> revoke(const std::string& name, const std::string& file) {
  const auto text = read_private_file(file, kMaxTokenFile);
  if (!text) return fail(text.error());
  const auto tokens = parse_token_file(*text, file);
  if (!tokens) return fail(tokens.error());
  std::string kept;
  CommandOutput output;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const auto parsed = parse_token_file(line, file);
    const bool gone = parsed && !parsed->empty() && (parsed->front().name == name || parsed->front().id == name);
    if (gone) {
      output.note += fmt::format("token {} ({}) revoked\n", parsed->front().id, parsed->front().name);
    } else {
      kept += fmt::format("{}\n", line);
    }
  }
  if (output.note.empty()) {
    return fail(ErrorCode::kNotFound, fmt::format("no token '{}' in {} (tailwater token list shows all)", name, file));
  }
  if (auto written = write_private_file(file, kept); !written) return fail(written.error());
  return output;
}

/// A terminal that does not show what is typed, while the object lives.
class Unechoed {
 public:
  Unechoed() : terminal_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (terminal_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~Unechoed() {
    if (terminal_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Unechoed(const Unechoed&) = delete;
  Unechoed& operator=(const Unechoed&) = delete;
  [[nodiscard]] bool is_terminal() const { return terminal_; }

 private:
  termios before_{};
  bool terminal_;
};

}  // namespace

Result<CommandOutput> run_token_command(const CommandLine::TokenRequest& request, const std::string& file,
                                        WallTime now) {
  using Verb = CommandLine::TokenRequest::Verb;
  if (request.verb == Verb::kList) return list(file, now);
  const auto lock = lock_folder_of(file);
  if (!lock) return fail(lock.error());
  return request.verb == Verb::kAdd ? add(request, file, now) : revoke(request.name, file);
}

Result<CommandOutput> run_password_command() {
  std::string password;
  {
    const Unechoed quiet;
    if (quiet.is_terminal()) fmt::print(stderr, "Password: ");
    for (int c = std::getchar(); c != EOF && c != '\n' && password.size() <= kMaxPassword; c = std::getchar()) {
      password += static_cast<char>(c);
    }
    if (quiet.is_terminal()) fmt::print(stderr, "\n");
  }
  if (password.size() < kMinPassword || password.size() > kMaxPassword) {
    return fail(ErrorCode::kInvalid,
                fmt::format("a password must have {} to {} characters", kMinPassword, kMaxPassword));
  }
  auto hash = hash_password(password);
  if (!hash) return fail(hash.error());
  return CommandOutput{*hash + "\n", {}};
}

}  // namespace tailwater
