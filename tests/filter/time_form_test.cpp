#include "filter/time_form.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/time_text.h"

namespace tailwater {
namespace {

const WallTime kArrived{Milliseconds(1'795'000'000'000)};  // 2026-11-18T11:06:40Z

std::string found(std::string_view format, std::string_view zone, std::string_view line) {
  const auto form = TimeForm::make(format, zone);
  if (!form) return form.error().message;
  const auto time = form->find(line, kArrived);
  return time ? to_rfc3339(*time) : "none";
}

TEST(TimeForm, FormatsAreReadWhereTheyStand) {
  EXPECT_EQ(found("%d.%m.%Y %H:%M:%S", "", "18.11.2026 09:05:07 x"), "2026-11-18T09:05:07.000Z");
  EXPECT_EQ(found("%d.%m.%Y %H:%M:%S", "", "[main] 18.11.2026 09:05:07 x"), "2026-11-18T09:05:07.000Z");
  EXPECT_EQ(found("%m/%d/%y %I:%M:%S.%f %p", "", "11/18/26 01:05:07.25 PM"), "2026-11-18T13:05:07.250Z");
  EXPECT_EQ(found("%y%m%d %H%M%S", "", "261118 090507 x"), "2026-11-18T09:05:07.000Z");
  EXPECT_EQ(found("%e-%b-%Y@%H.%M.%S %z", "", " 8-Nov-2026@09.05.07 +0130"), "2026-11-08T07:35:07.000Z");
  EXPECT_EQ(found("%Y-%j %H:%M", "", "2026-322 09:05"), "2026-11-18T09:05:00.000Z");
  EXPECT_EQ(found("t=%s.%f", "", "a t=1795000000.5"), "2026-11-18T11:06:40.500Z");
}

TEST(TimeForm, ATimeWithoutADateIsOfTheDayOfItsArrival) {
  EXPECT_EQ(found("%H:%M:%S", "", "09:05:07 x"), "2026-11-18T09:05:07.000Z");
}

TEST(TimeForm, ZonesAreForTimesThatHaveNone) {
  EXPECT_EQ(found("%d.%m.%Y %H:%M:%S", "+02:00", "18.11.2026 09:05:07"), "2026-11-18T07:05:07.000Z");
  EXPECT_EQ(found("", "-05:00", "2026-11-18 09:05:07 x"), "2026-11-18T14:05:07.000Z");
  EXPECT_EQ(found("", "-05:00", "2026-11-18T09:05:07Z x"), "2026-11-18T09:05:07.000Z");
}

TEST(TimeForm, WhatIsNotOfTheFormatIsLookedAtAsElsewhere) {
  EXPECT_EQ(found("%d.%m.%Y %H:%M:%S", "", "2026-11-18 09:05:07 x"), "2026-11-18T09:05:07.000Z");
  EXPECT_EQ(found("%d.%m.%Y %H:%M:%S", "", "31.02.2026 09:05:07"), "none");
  EXPECT_EQ(found("%d.%m.%Y %H:%M:%S", "", "18.11.2026 09:61:07"), "none");
}

TEST(TimeForm, WrongOnesAreNamed) {
  EXPECT_NE(found("%Q", "", "").find("%Q"), std::string::npos);
  EXPECT_NE(found("DD.MM", "", "").find("DD.MM"), std::string::npos);
  EXPECT_NE(found("%", "", "").find("none of"), std::string::npos);
  EXPECT_NE(found("", "Mars", "").find("Mars"), std::string::npos);
  EXPECT_NE(found("", "+25:00", "").find("+25:00"), std::string::npos);
}

}  // namespace
}  // namespace tailwater
