// Text in XML: escaped for element content and for attributes in double quotes; what no XML 1.0 document may hold
// (section 2.2) becomes U+FFFD. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tailwater {

void append_xml_text(std::string& out, std::string_view text);
[[nodiscard]] std::string to_xml(std::string_view text);

}  // namespace tailwater
