#include "base/unique_fd.h"

#include <fcntl.h>

#include <gtest/gtest.h>

namespace tailwater {
namespace {

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) != -1;
}

TEST(UniqueFd, ClosesOnceAndMovesOwnership) {
  const int raw = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(raw, 0);
  {
    UniqueFd first(raw);
    UniqueFd second(std::move(first));
    EXPECT_TRUE(is_open(raw));
    EXPECT_EQ(second.get(), raw);
  }
  EXPECT_FALSE(is_open(raw));
}

TEST(UniqueFd, ReleaseGivesItAway) {
  const int raw = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  int given = -1;
  {
    UniqueFd fd(raw);
    given = fd.release();
    EXPECT_FALSE(fd.valid());
  }
  EXPECT_TRUE(is_open(given));
  ::close(given);
}

}  // namespace
}  // namespace tailwater
