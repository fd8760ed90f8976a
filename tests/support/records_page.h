// RecordsPage: a page of history as it is answered in JSON.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/json_value.h"

namespace tailwater {

struct RecordsPage {
  std::vector<std::string> ids;
  std::vector<std::string> lines;
  JsonValue json;

  /// Where the next page goes on; empty where there is none.
  [[nodiscard]] std::string before() const { return json["before"].text(); }
  [[nodiscard]] std::string after() const { return json["after"].text(); }
};

[[nodiscard]] inline RecordsPage read_page(std::string_view body) {
  RecordsPage page;
  auto json = JsonValue::parse(body);
  EXPECT_TRUE(json) << body.substr(0, 500);
  if (!json) return page;
  page.json = std::move(*json);
  for (const JsonValue& record : page.json["records"].items()) {
    page.ids.push_back(record["id"].text());
    page.lines.push_back(record["line"].text());
  }
  return page;
}

}  // namespace tailwater
