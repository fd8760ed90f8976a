#include "access/secrets.h"

#include <gtest/gtest.h>

#include <string>

#include "access/password_hash.h"

namespace tailwater {
namespace {

TEST(Secrets, Base64UrlGoesThereAndBack) {
  for (std::size_t length = 0; length < 70; ++length) {
    const std::string bytes = *random_bytes(length);
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
  }
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
  for (const char* wrong : {"A", "AB=", "AB+", "A B", "AB/", "AB\n", "-_9", "AAAAA"}) {
    EXPECT_FALSE(from_base64url(wrong)) << wrong;
  }
}

TEST(Secrets, DigestsAreSha256) {
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest_from_hex(to_hex(sha256("abc"))), sha256("abc"));
  EXPECT_FALSE(digest_from_hex(std::string(64, 'G')));
  EXPECT_FALSE(digest_from_hex(std::string(63, 'a')));
  EXPECT_TRUE(same_bytes("abc", "abc"));
  EXPECT_FALSE(same_bytes("abc", "abd"));
  EXPECT_FALSE(same_bytes("abc", "ab"));
}

TEST(PasswordHash, IsOfItsPasswordAlone) {
  const std::string hash = *hash_password("correct horse");
  EXPECT_TRUE(check_password_hash(hash));
  EXPECT_TRUE(is_password_of("correct horse", hash));
  EXPECT_FALSE(is_password_of("correct horsf", hash));
  EXPECT_FALSE(is_password_of("", hash));
  EXPECT_NE(hash, *hash_password("correct horse")) << "each has its own salt";
  EXPECT_EQ(hash.find("correct"), std::string::npos);
}

TEST(PasswordHash, RefusesWhatCostsTooLittleOrTooMuch) {
  const std::string salt(22, 'A');
  const std::string hash(43, 'A');
  EXPECT_TRUE(check_password_hash("$scrypt$ln=15,r=8,p=1$" + salt + "$" + hash));
  for (const char* costs : {"ln=13,r=8,p=1", "ln=18,r=8,p=1", "ln=40,r=8,p=1", "ln=15,r=9,p=1", "ln=15,r=8,p=5",
                            "ln=15,r=8,p=0", "ln=15,r=8", "ln=-1,r=8,p=1", ""}) {
    EXPECT_FALSE(check_password_hash("$scrypt$" + std::string(costs) + "$" + salt + "$" + hash)) << costs;
    EXPECT_FALSE(is_password_of("x", "$scrypt$" + std::string(costs) + "$" + salt + "$" + hash)) << costs;
  }
  for (const char* text : {"", "secret", "$2b$10$abc", "$scrypt$", "$scrypt$ln=15,r=8,p=1$AA$AA"}) {
    EXPECT_FALSE(check_password_hash(text)) << text;
  }
}

}  // namespace
}  // namespace tailwater
