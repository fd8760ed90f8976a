#include "access/claims.h"

#include <utility>

#include <simdjson.h>

namespace tailwater {

struct Claims::Document {
  simdjson::dom::parser parser{kMaxBytes};
};

struct Claims::Place {
  std::shared_ptr<Document> document;
  simdjson::dom::object object;

  [[nodiscard]] std::optional<simdjson::dom::element> member(std::string_view name) const {
    simdjson::dom::element element;
    if (object.at_key(name).get(element) != simdjson::SUCCESS) return std::nullopt;
    return element;
  }
};

std::optional<Claims> Claims::parse(std::string_view json) {
  if (json.size() > kMaxBytes) return std::nullopt;
  auto document = std::make_shared<Document>();
  if (document->parser.allocate(std::max<std::size_t>(json.size(), 64), kMaxDepth) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  simdjson::dom::object object;
  if (document->parser.parse(json.data(), json.size(), /*realloc_if_needed=*/true).get(object) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  Claims claims;
  claims.place_ = std::make_shared<const Place>(Place{std::move(document), object});
  return claims;
}

bool Claims::has(std::string_view name) const {
  return place_->member(name).has_value();
}

std::optional<std::string> Claims::text(std::string_view name) const {
  const auto element = place_->member(name);
  std::string_view text;
  if (!element || element->get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  return std::string(text);
}

std::optional<double> Claims::number(std::string_view name) const {
  const auto element = place_->member(name);
  double number = 0;
  if (!element || element->get_double().get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}

std::optional<std::vector<std::string>> Claims::texts(std::string_view name) const {
  if (auto one = text(name)) return std::vector<std::string>{std::move(*one)};
  const auto element = place_->member(name);
  simdjson::dom::array array;
  if (!element || element->get_array().get(array) != simdjson::SUCCESS) return std::nullopt;
  std::vector<std::string> texts;
  for (const simdjson::dom::element item : array) {
    std::string_view text;
    if (item.get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
    texts.emplace_back(text);
  }
  return texts;
}

std::vector<Claims> Claims::objects(std::string_view name) const {
  std::vector<Claims> objects;
  const auto element = place_->member(name);
  simdjson::dom::array array;
  if (!element || element->get_array().get(array) != simdjson::SUCCESS) return objects;
  for (const simdjson::dom::element item : array) {
    simdjson::dom::object object;
    if (item.get_object().get(object) != simdjson::SUCCESS) continue;
    objects.emplace_back().place_ = std::make_shared<const Place>(Place{place_->document, object});
  }
  return objects;
}

}  // namespace tailwater
