#include "stream/intrusive_list.h"

#include <memory>

#include <gtest/gtest.h>

namespace tailwater {
namespace {

struct Tag;
struct OtherTag;
struct Element : ListHook<Tag>, ListHook<OtherTag> {
  explicit Element(int v) : value(v) {}
  int value;
};
using List = IntrusiveList<Element, Tag>;

TEST(IntrusiveList, KeepsTheOrderAndMovesElementsBetweenLists) {
  Element a(1), b(2), c(3);
  List first, second;
  first.push_back(a);
  first.push_back(b);
  first.push_back(c);
  second.push_back(b);
  EXPECT_EQ(first.pop_front()->value, 1);
  EXPECT_EQ(first.pop_front()->value, 3);
  EXPECT_EQ(first.pop_front(), nullptr);
  EXPECT_EQ(second.front()->value, 2);
}

TEST(IntrusiveList, ADestroyedElementIsInNoList) {
  auto a = std::make_unique<Element>(1);
  Element b(2);
  List list;
  IntrusiveList<Element, OtherTag> other;
  list.push_back(*a);
  list.push_back(b);
  other.push_back(*a);
  a.reset();
  EXPECT_EQ(list.front()->value, 2);
  EXPECT_TRUE(other.empty());
}

TEST(IntrusiveList, TakesAllOfAnotherBehindItsOwn) {
  Element a(1), b(2), c(3);
  List first, second;
  first.push_back(a);
  second.push_back(b);
  second.push_back(c);
  first.take_all(second);
  EXPECT_TRUE(second.empty());
  second.take_all(second);
  first.take_all(second);
  for (const int expected : {1, 2, 3}) EXPECT_EQ(first.pop_front()->value, expected);
  EXPECT_TRUE(first.empty());
}

}  // namespace
}  // namespace tailwater
