// Certificates and keys as people get them wrong.
#include "http/tls_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "support/temp_dir.h"
#include "support/test_certificate.h"

namespace tailwater {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TlsContextTest : public testing::Test {
 protected:
  static std::string error_of(const TlsFiles& files) {
    const auto loaded = TlsContext::load(files);
    return loaded ? "" : loaded.error().message;
  }
  std::string text_file(const std::string& name, const std::string& text) {
    std::ofstream(directory_.file(name)) << text;
    return directory_.file(name);
  }
  static WallTime in(long seconds) {
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now()) + std::chrono::seconds(seconds);
  }

  TempDir directory_;
  TestCertificate good_{directory_.file("good")};
};

TEST_F(TlsContextTest, LoadsACertificateWithItsKey) {
  const auto loaded = TlsContext::load({good_.certificate(), good_.key()});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_TRUE((*loaded)->make_connection());
  EXPECT_GT((*loaded)->expiry(), in(3000));
  EXPECT_LT((*loaded)->expiry(), in(4000));
  EXPECT_THAT((*loaded)->warnings(in(0)), IsEmpty());
}

TEST_F(TlsContextTest, NamesTheFileThatIsMissing) {
  EXPECT_THAT(error_of({directory_.file("none.pem"), good_.key()}),
              HasSubstr("server.tls.certificate: open " + directory_.file("none.pem")));
  EXPECT_THAT(error_of({good_.certificate(), directory_.file("none.key")}),
              HasSubstr("server.tls.key: open " + directory_.file("none.key")));
}

TEST_F(TlsContextTest, SaysWhatIsNotInAFile) {
  const std::string junk = text_file("junk", "nothing of use\n");
  EXPECT_THAT(error_of({junk, good_.key()}), HasSubstr(junk + ": there is no certificate in it"));
  EXPECT_THAT(error_of({good_.certificate(), junk}), HasSubstr(junk + ": there is no private key in it"));
  EXPECT_THAT(error_of({good_.key(), good_.certificate()}), HasSubstr("there is no certificate in it"));  // swapped
}

TEST_F(TlsContextTest, RefusesTheKeyOfAnotherCertificate) {
  const TestCertificate other(directory_.file("other"));
  EXPECT_THAT(error_of({good_.certificate(), other.key()}),
              HasSubstr(other.key() + ": it is not the key of the certificate in " + good_.certificate()));
}

TEST_F(TlsContextTest, DoesNotAskForAPassphrase) {
  TestCertificateSettings settings;
  settings.passphrase = "secret";
  const TestCertificate locked(directory_.file("locked"), settings);
  EXPECT_THAT(error_of({locked.certificate(), locked.key()}), HasSubstr("it is encrypted, and nobody is there"));
}

TEST_F(TlsContextTest, WarnsOfWhatBrowsersRefuse) {
  const auto loaded = TlsContext::load({good_.certificate(), good_.key()});
  ASSERT_TRUE(loaded);
  EXPECT_THAT((*loaded)->warnings(in(4000)), ElementsAre(HasSubstr("browsers refuse it since")));
  EXPECT_THAT((*loaded)->warnings(in(-4000)), ElementsAre(HasSubstr("browsers refuse it before")));
}

TEST_F(TlsContextTest, WarnsOfAKeyThatEverybodyCanRead) {
  std::filesystem::permissions(good_.key(), std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  const auto loaded = TlsContext::load({good_.certificate(), good_.key()});
  ASSERT_TRUE(loaded);
  EXPECT_THAT((*loaded)->warnings(in(0)), ElementsAre(HasSubstr("every user of this machine can read it")));
}

TEST_F(TlsContextTest, TakesTheChainBehindTheCertificate) {
  const TestCertificate issuer(directory_.file("issuer"));
  std::ofstream chain(directory_.file("chain.pem"));
  chain << std::ifstream(good_.certificate()).rdbuf() << std::ifstream(issuer.certificate()).rdbuf();
  chain.close();
  EXPECT_EQ(error_of({directory_.file("chain.pem"), good_.key()}), "");
}

}  // namespace
}  // namespace tailwater
