#include "runs/run_badge.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json_text.h"
#include "runs/xml_text.h"

namespace tailwater {
namespace {

constexpr std::size_t kMostCharacters = 60;

std::string_view color_of(RunState state) {
  switch (state) {
    case RunState::kPending: return "#8a8f98";
    case RunState::kRunning: return "#1f7ac7";
    case RunState::kPassed: return "#2f8f3e";
    case RunState::kFailed: return "#c83a32";
    case RunState::kErrored: return "#a4262c";
    case RunState::kCanceled: return "#6b7079";
    case RunState::kSkipped: return "#8a8f98";
    case RunState::kLost: return "#b36b00";
  }
  return "#8a8f98";
}

/// Of a character of 11 px sans serif, in tenths of a pixel; nobody minds a pixel more or less at the edges, since the
/// picture says itself how long its texts are to be.
int width_of(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if ((byte & 0xC0) == 0x80) return 0;  // counted with the byte that it follows
  if (byte >= 0xE0) return 110;
  if (std::string_view("iljI.,:;!|'` ").find(c) != std::string_view::npos) return 38;
  if (std::string_view("ftr()[]-/\"").find(c) != std::string_view::npos) return 48;
  if (std::string_view("mwMW%@").find(c) != std::string_view::npos) return 102;
  if (c >= 'A' && c <= 'Z') return 76;
  return 67;
}

int width_of(std::string_view text) {
  int tenths = 0;
  for (const char c : text) tenths += width_of(c);
  return (tenths + 9) / 10;
}

std::string shortened(std::string_view text) {
  std::string valid = to_valid_utf8(text);
  std::size_t characters = 0;
  for (std::size_t i = 0; i < valid.size(); ++i) {
    if ((static_cast<unsigned char>(valid[i]) & 0xC0) == 0x80) continue;
    if (++characters > kMostCharacters) return valid.substr(0, i) + "\u2026";
  }
  return valid;
}

}  // namespace

RunBadge badge_of(const PublishedRun* run, std::string_view label) {
  RunBadge badge;
  badge.label = shortened(!label.empty() ? label : run != nullptr ? run->run().identity.name : "run");
  if (run == nullptr) {
    badge.message = "unknown";
    badge.color = color_of(RunState::kPending);
    return badge;
  }
  const RunState state = run->run().state;
  badge.message = to_text(state);
  badge.color = color_of(state);
  badge.bad = state == RunState::kFailed || state == RunState::kErrored || state == RunState::kLost;
  const auto& progress = run->run().findings.progress;
  if (state == RunState::kRunning && progress) {
    badge.message += fmt::format(" {}%", static_cast<int>(std::clamp(progress->fraction, 0.0, 1.0) * 100));
  }
  return badge;
}

std::string to_svg(const RunBadge& badge) {
  constexpr int kMargin = 7;
  const int label = width_of(badge.label);
  const int message = width_of(badge.message);
  const int left = label + 2 * kMargin;
  const int width = left + message + 2 * kMargin;
  const std::string label_text = to_xml(badge.label);
  const std::string message_text = to_xml(badge.message);
  std::string svg;
  const auto out = std::back_inserter(svg);
  fmt::format_to(out,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"20\" viewBox=\"0 0 {0} 20\" "
                 "role=\"img\" aria-label=\"{1}: {2}\"><title>{1}: {2}</title>",
                 width, label_text, message_text);
  fmt::format_to(out,
                 "<clipPath id=\"c\"><rect width=\"{0}\" height=\"20\" rx=\"4\"/></clipPath>"
                 "<g clip-path=\"url(#c)\"><rect width=\"{1}\" height=\"20\" fill=\"#3d434b\"/>"
                 "<rect x=\"{1}\" width=\"{2}\" height=\"20\" fill=\"{3}\"/></g>",
                 width, left, width - left, badge.color);
  fmt::format_to(out,
                 "<g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,Geneva,sans-serif\" font-size=\"11\">"
                 "<text x=\"{0}\" y=\"14\" textLength=\"{1}\">{2}</text>"
                 "<text x=\"{3}\" y=\"14\" textLength=\"{4}\">{5}</text></g></svg>\n",
                 kMargin, label, label_text, left + kMargin, message, message_text);
  return svg;
}

std::string to_endpoint_json(const RunBadge& badge) {
  std::string json = R"({"schemaVersion":1,"label":)";
  append_json_string(json, badge.label);
  append_json_string(json.append(R"(,"message":)"), badge.message);
  append_json_string(json.append(R"(,"color":)"), badge.color);
  if (badge.bad) json += R"(,"isError":true)";
  return json + "}\n";
}

}  // namespace tailwater
