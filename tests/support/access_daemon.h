// AccessDaemon: the fixture of tests about who may do what: a daemon with the streams `app` (for everybody who has
// signed in) and `vault` (for the group ops), a file of tokens and an audit log.
#pragma once

#include <fcntl.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "support/daemon_test.h"

namespace tailwater {

class AccessDaemon : public DaemonTest {
 protected:
  AccessDaemon() {
    for (const char* folder : {"vault", "secrets", "audit"}) std::filesystem::create_directory(outside(folder));
    append_to_file(log("app.log"), "level=info an open word\n");
    append_to_file(outside("vault") + "/vault.log", "level=info hidden-4711\n");
  }

  [[nodiscard]] std::string token_file() const { return outside("secrets") + "/tokens"; }
  [[nodiscard]] std::string audit_file() const { return outside("audit") + "/audit.log"; }

  /// Writes the configuration; `auth` is more of [auth], `rest` whatever follows the streams.
  void configure_access(const std::string& auth = {}, const std::string& rest = {},
                        const std::string& readers_of_app = R"(["*"])") {
    std::filesystem::remove(config_path());
    append_to_file(config_path(),
                   "[auth]\ntokens = \"" + token_file() + "\"\naudit_log = \"" + audit_file() + "\"\n" + auth +
                       "\n[[stream]]\nname = \"app\"\npush = true\nwriters = [\"ci\"]\nreaders = " + readers_of_app +
                       "\npaths = [\"" + log("*.log") +
                       "\"]\n[[stream]]\nname = \"vault\"\npush = true\nreaders = [\"ops\"]\nwriters = "
                       "[\"ops\"]\npaths = [\"" +
                       outside("vault") + "/*.log\"]\n" + rest);
  }
  void serve_access(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.end(), {"--config", config_path()});
    begin(std::move(arguments));
  }

  /// What `tailwater token add NAME` prints.
  [[nodiscard]] std::string make_token(const std::string& name, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"token", "add", name, "--file", token_file()});
    ProgramResult made = run_tailwater(std::move(more));
    EXPECT_EQ(made.exit_code(), 0) << made.errors;
    std::string secret = made.output.substr(0, made.output.find('\n'));
    EXPECT_EQ(secret.substr(0, 3), "tw_") << made.output;
    return secret;
  }
  /// What `tailwater password` makes of one.
  [[nodiscard]] std::string hash_of(const std::string& password) const {
    const std::string file = outside("secrets") + "/typed";
    append_to_file(file, password + "\n");
    const UniqueFd input(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    ChildSettings settings;
    settings.command = {daemon_binary(), "password"};
    settings.input_fd = input.get();
    const ProgramResult made = run_program(std::move(settings));
    EXPECT_EQ(made.exit_code(), 0) << made.errors;
    std::filesystem::remove(file);
    return made.output.substr(0, made.output.find('\n'));
  }
  [[nodiscard]] static std::string user(const std::string& name, const std::string& hash, const std::string& groups) {
    return "[[user]]\nname = \"" + name + "\"\npassword = '" + hash + "'\ngroups = [" + groups + "]\n";
  }

  [[nodiscard]] HttpReply ask(const std::string& target, const std::string& secret = {},
                              const std::string& method = "GET", const std::string& body = {},
                              std::vector<std::string> headers = {}) const {
    if (!secret.empty()) headers.push_back("Authorization: Bearer " + secret);
    return fetch(port(), HttpRequest{target, std::move(headers), method, "1.1", body});
  }
  [[nodiscard]] HttpReply sign_in(const std::string& body) const {
    return ask("/login", "", "POST", body, {"Content-Type: application/json"});
  }
  /// "name=value" of the cookie that a reply sets.
  [[nodiscard]] static std::string cookie_of(const HttpReply& reply) {
    const std::string field = reply.header("set-cookie");
    return field.substr(0, field.find(';'));
  }
  [[nodiscard]] std::unique_ptr<SseClient> follow_as(const std::string& header, const std::string& parameters) const {
    auto client = std::make_unique<SseClient>(port(), "/api/events?" + parameters);
    client->add_header(header);
    EXPECT_TRUE(client->connect()) << client->stream().head();
    return client;
  }

  template <typename Condition>
  [[nodiscard]] static bool comes_true(Condition holds, Milliseconds limit = Milliseconds(10'000)) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(Milliseconds(20));
    }
    return true;
  }
  /// Lines of the audit log that hold all of these, once there are `count` of them or time is up.
  [[nodiscard]] std::size_t audited(const std::vector<std::string>& parts, std::size_t count = 1) const {
    std::size_t found = 0;
    static_cast<void>(comes_true(
        [&] {
          const std::string all = read_whole_file(audit_file());
          found = 0;
          for (std::size_t at = 0; at < all.size();) {
            const std::size_t end = std::min(all.find('\n', at), all.size());
            const std::string line = all.substr(at, end - at);
            found += std::all_of(parts.begin(), parts.end(),
                                 [&](const std::string& part) { return line.find(part) != std::string::npos; });
            at = end + 1;
          }
          return found >= count;
        },
        Milliseconds(5000)));
    return found;
  }
};

}  // namespace tailwater
