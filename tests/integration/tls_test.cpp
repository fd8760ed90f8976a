// TLS from outside: curl and our own client, a certificate that is renewed, and ones that are no good.
#include <signal.h>

#include "support/daemon_test.h"
#include "support/test_certificate.h"
#include "support/tls_client.h"

namespace tailwater {
namespace {

class Tls : public DaemonTest {
 protected:
  void SetUp() override { append_to_file(log("a.log"), "a1\na2\n"); }
  [[nodiscard]] std::string tls_options() const {
    return "[server]\ntls.certificate = \"" + outside("server.pem") + "\"\ntls.key = \"" + outside("server.key") +
           "\"\n";
  }
  [[nodiscard]] std::string url(const std::string& target) const {
    return "https://localhost:" + std::to_string(port()) + target;
  }
  [[nodiscard]] ProgramResult curl(const std::vector<std::string>& arguments) const {
    ChildSettings settings;
    settings.command = {"curl", "-sS", "--max-time", "15", "--cacert", outside("server.pem")};
    settings.command.insert(settings.command.end(), arguments.begin(), arguments.end());
    return run_program(std::move(settings), Milliseconds(20'000));
  }
  [[nodiscard]] TlsClient client() const {
    TlsClientSettings settings;
    settings.trusted = outside("server.pem");
    return TlsClient("https://127.0.0.1:" + std::to_string(port()), settings);
  }
  /// Waits until the daemon's messages hold `text`.
};

TEST_F(Tls, ServesCurlOfEveryKind) {
  const TestCertificate certificate(outside("server"));
  serve_configured(tls_options());
  EXPECT_NE(daemon().output().find("listening on https://127.0.0.1:"), std::string::npos) << daemon().failure();
  EXPECT_EQ(curl({url("/tail/app?from=start&follow=0")}).output, "a1\na2\n");
  EXPECT_EQ(curl({"--http1.0", url("/tail/app?from=start&follow=0")}).output, "a1\na2\n");
  EXPECT_EQ(curl({"--tlsv1.2", "--tls-max", "1.2", url("/healthz")}).output, "ok\n");
  EXPECT_NE(curl({"--head", url("/api/events")}).output.find("text/event-stream"), std::string::npos);
  EXPECT_NE(curl({"-X", "OPTIONS", "-i", url("/api/events")}).output.find("Allow: "), std::string::npos);
  const auto events = curl({"-N", url("/api/events?from=start&follow=0")});
  EXPECT_EQ(events.exit_code(), 0) << events.errors;
  EXPECT_NE(events.output.find("event: end"), std::string::npos);
  EXPECT_NE(curl({"--tls-max", "1.1", url("/healthz")}).exit_code(), 0);
}

TEST_F(Tls, ARenewedCertificateHoldsFromAReloadOn) {
  const TestCertificate first(outside("server"));
  serve_configured(tls_options());
  TlsClient before = client();
  before.get("/tail/app?from=start");
  EXPECT_TRUE(before.read_until("a2\n"));
  const TestCertificate second(outside("server"));
  daemon().send_signal(SIGHUP);
  ASSERT_TRUE(says("configuration reloaded")) << daemon().failure();
  const TlsClient after = client();
  EXPECT_TRUE(after.connected());
  EXPECT_NE(after.serial(), before.serial());
  append_to_file(log("a.log"), "a3\n");
  EXPECT_TRUE(before.read_until("a3\n"));
}

TEST_F(Tls, ABadCertificateLeavesTheOldOneInForce) {
  const TestCertificate good(outside("server"));
  serve_configured(tls_options());
  const long serial = client().serial();
  const TestCertificate other(outside("other"));
  std::filesystem::copy_file(other.key(), good.key(), std::filesystem::copy_options::overwrite_existing);
  daemon().send_signal(SIGHUP);
  ASSERT_TRUE(says("reload refused")) << daemon().failure();
  EXPECT_TRUE(says("it is not the key of the certificate in " + good.certificate()));
  EXPECT_EQ(client().serial(), serial);
}

TEST_F(Tls, ABadCertificateIsAnErrorOfTheConfiguration) {
  configure(tls_options(), {"a.log"});
  for (const char* command : {"check", "serve"}) {
    const ProgramResult result = run_tailwater({command, "--config", config_path()});
    EXPECT_EQ(result.exit_code(), 2);
    EXPECT_NE(result.errors.find("server.tls.certificate: open " + outside("server.pem")), std::string::npos)
        << result.errors;
  }
}

TEST_F(Tls, WhoWantsItLaterIsToldToStartAnew) {
  serve_configured("");
  const TestCertificate certificate(outside("server"));
  configure(tls_options(), {"a.log"});
  daemon().send_signal(SIGHUP);
  EXPECT_TRUE(says("server.tls.certificate has been set: it takes effect at the next start"));
  EXPECT_EQ(get("/healthz").status, 200);
}

}  // namespace
}  // namespace tailwater
