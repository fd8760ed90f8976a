#include "stream/sample_frame.h"

#include "filter/metric_rights.h"
#include "filter/sample_line.h"

namespace tailwater {

void append_sample(std::string& out, const Selection& selection, const Position& id, std::string_view line) {
  const auto sample = read_sample_line(line);
  if (!sample) return;
  out.append("event: metric\nid: ")
      .append(to_text(id))
      .append("\ndata: ")
      .append(sample->head)
      .append(",\"samples\":{");
  std::string_view metrics = sample->metrics;
  std::string_view name;
  std::string_view member;
  std::string readable;
  while (take_metric(metrics, name, member)) {
    if (!selection.query().wants_metric(name)) continue;
    if (!selection.readable().is_all()) {
      readable.clear();
      if (!append_visible_member(selection.readable(), name, member, readable)) continue;
      member = readable;
    }
    if (out.back() != '{') out.push_back(',');
    out.append(member);
  }
  out.append("}}\n\n");
}

}  // namespace tailwater
