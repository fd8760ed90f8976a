#include "base/fd_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tailwater {
namespace {

/// The manager's side.
class FdStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = fmt::format("tailwater-store-{}", ::getpid());
    name.copy(address.sun_path + 1, name.size());
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    ASSERT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
    ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
    ::setenv("FDSTORE", "100", 1);
  }
  void TearDown() override {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("FDSTORE");
  }
  [[nodiscard]] static std::unique_ptr<FdStore> make_store() {
    auto store = FdStore::of_service_manager();
    EXPECT_TRUE(store && *store);
    return std::move(*store);
  }
  /// The next message and what came with it.
  [[nodiscard]] std::pair<std::string, UniqueFd> next() const {
    pollfd readable{socket_.get(), POLLIN, 0};
    if (::poll(&readable, 1, 20'000) != 1) return {};
    std::array<char, 256> text{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    iovec part{text.data(), text.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
    int fd = -1;
    if (const cmsghdr* header = CMSG_FIRSTHDR(&message)) std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return {std::string(text.data(), static_cast<std::size_t>(size > 0 ? size : 0)), UniqueFd(fd)};
  }
  static bool is_same_file(int left, int right) {
    struct stat a {};
    struct stat b {};
    return ::fstat(left, &a) == 0 && ::fstat(right, &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
  }

 private:
  UniqueFd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST_F(FdStoreTest, IsNotThereWhereNobodyKeepsAnything) {
  ::setenv("FDSTORE", "0", 1);
  EXPECT_EQ(FdStore::of_service_manager().value(), nullptr);
  ::setenv("FDSTORE", "many", 1);
  EXPECT_EQ(FdStore::of_service_manager().value(), nullptr);
  ::setenv("FDSTORE", "10", 1);
  ::unsetenv("NOTIFY_SOCKET");
  EXPECT_EQ(FdStore::of_service_manager().value(), nullptr);
}

TEST_F(FdStoreTest, HandsOverADescriptorUnderItsName) {
  const auto store = make_store();
  EXPECT_EQ(store->capacity(), 100U);
  const UniqueFd fd(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  store->store(fd.get(), "c1z");
  store->remove("c1z");
  const auto [stored, kept] = next();
  EXPECT_EQ(stored, "FDSTORE=1\nFDNAME=c1z");
  EXPECT_TRUE(is_same_file(kept.get(), fd.get()));
  const auto [removed, nothing] = next();
  EXPECT_EQ(removed, "FDSTOREREMOVE=1\nFDNAME=c1z");
  EXPECT_FALSE(nothing);
}

TEST_F(FdStoreTest, WaitsInOrderWhileTheManagerIsBusy) {
  const auto store = make_store();
  // More than a socket's queue holds (net.unix.max_dgram_qlen); each descriptor is closed at once.
  constexpr int kMany = 1200;
  for (int i = 0; i < kMany; ++i) {
    const UniqueFd fd(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    store->store(fd.get(), fmt::format("c{}", i));
  }
  for (int i = 0; i < kMany; ++i) {
    const auto [message, fd] = next();
    ASSERT_EQ(message, fmt::format("FDSTORE=1\nFDNAME=c{}", i));
    ASSERT_TRUE(fd);
  }
}

}  // namespace
}  // namespace tailwater
