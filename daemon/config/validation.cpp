#include "config/validation.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/address_range.h"
#include "base/bytes.h"
#include "base/glob.h"
#include "config/access_validation.h"
#include "config/listen_address.h"
#include "config/path_streams.h"
#include "config/public_url.h"

namespace tailwater {
namespace {

constexpr std::string_view kUrlPathExtra = "/-._~";

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

void check_listen(const Configuration& configuration, Problems& problems) {
  const ServerConfig& server = configuration.server;
  if (server.listen.empty()) {
    problems.add_for("server.listen", "the list is empty (leave it out for 127.0.0.1:8245)");
  }
  for (std::size_t i = 0; i < server.listen.size(); ++i) {
    const std::string key = fmt::format("server.listen[{}]", i);
    const std::string& text = server.listen[i];
    const Result<ListenAddress> address = parse_listen_address(text);
    if (!address) {
      problems.add_for(key, fmt::format("{} (write host:port, [v6]:port or unix:/path)", address.error().message));
      continue;
    }
    if (address->scheme == ListenAddress::Scheme::kHttps && server.tls_certificate.empty()) {
      problems.add_for(key,
                       fmt::format("'{}' needs a certificate (set server.tls.certificate and server.tls.key)", text));
    }
    if (address->reachable && !server.insecure && !configuration.asks_who()) {
      problems.add_for(key, fmt::format("'{}' can be reached from other machines, and nobody is asked "
                                        "who they are (make a token with `tailwater token add` and name its file with "
                                        "--tokens or auth.tokens, listen on 127.0.0.1 or a unix socket behind a "
                                        "reverse proxy that asks, or allow it with --insecure or insecure = true)",
                                        text));
    }
    const auto before = server.listen.begin() + static_cast<std::ptrdiff_t>(i);
    if ((address->port != 0 || !address->unix_path.empty()) &&
        std::find(server.listen.begin(), before, text) != before) {
      problems.add_for(key, fmt::format("'{}' is there twice (remove one)", text));
    }
  }
}

void check_tls(const ServerConfig& server, Problems& problems) {
  if (server.tls_certificate.empty() == server.tls_key.empty()) return;
  const bool key_missing = server.tls_key.empty();
  problems.add_for(key_missing ? "server.tls.certificate" : "server.tls.key",
                   key_missing ? "a certificate needs its private key (set server.tls.key)"
                               : "a key needs its certificate (set server.tls.certificate)");
}

void check_trusted_proxies(const ServerConfig& server, Problems& problems) {
  for (std::size_t i = 0; i < server.trusted_proxies.size(); ++i) {
    const std::string& proxy = server.trusted_proxies[i];
    if (proxy == "unix" || AddressRange::parse(proxy)) continue;
    problems.add_for(
        fmt::format("server.trusted_proxies[{}]", i),
        fmt::format("'{}' is not an address (write it as \"192.0.2.1\", \"10.0.0.0/24\" or \"unix\")", proxy));
  }
}

void check_base_path(const std::string& path, Problems& problems) {
  if (path.empty()) return;
  const bool good = path.front() == '/' && path.find("//") == std::string::npos &&
                    path.find("/.") == std::string::npos && std::all_of(path.begin(), path.end(), [](char c) {
                      return is_alphanumeric(c) || kUrlPathExtra.find(c) != std::string_view::npos;
                    });
  if (good) return;
  problems.add_for("server.base_path", fmt::format("'{}' is not a path (write it as \"/logs\": a slash, then letters, "
                                                   "digits and -._~)",
                                                   path));
}

void check_allowed_hosts(const ServerConfig& server, Problems& problems) {
  for (std::size_t i = 0; i < server.allowed_hosts.size(); ++i) {
    const std::string& host = server.allowed_hosts[i];
    const bool good = !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
      return is_alphanumeric(c) || c == '-' || c == '.' || c == ':' || c == '[' || c == ']';
    });
    if (good) continue;
    problems.add_for(fmt::format("server.allowed_hosts[{}]", i),
                     fmt::format("'{}' is not a host name (write it as \"logs.example.com\", "
                                 "without http:// and without a path)",
                                 host));
  }
}

/// All that a file name may have, but neither wildcards that do not parse nor a path that depends on where we started.
void check_globs(const std::vector<std::string>& globs, std::string_view key, bool must_be_absolute,
                 Problems& problems) {
  for (std::size_t i = 0; i < globs.size(); ++i) {
    const std::string place = fmt::format("{}[{}]", key, i);
    if (globs[i].empty()) {
      problems.add_for(place, "the text is empty (remove it)");
    } else if (must_be_absolute && globs[i].front() != '/') {
      problems.add_for(place, fmt::format("'{}' is not absolute (write it from / on)", globs[i]));
    } else if (const Result<Glob> glob = Glob::parse(globs[i]); !glob) {
      problems.add_for(place,
                       fmt::format("{} (a \\ before a wildcard makes it an ordinary character)", glob.error().message));
    }
  }
}

void check_multiline(const StreamConfig& stream, const std::string& key, Problems& problems) {
  const std::string start_key = key + ".multiline";
  const auto set_place = [&](std::string_view name) { return fmt::format("{}.{}", start_key, name); };
  const bool has_condition = !stream.multiline_condition.empty();
  const bool has_mode = !stream.multiline_mode.empty();
  if (has_condition && !has_mode) {
    problems.add_for(set_place("condition"), "it needs a mode (add mode = \"continue_through\" or another one)");
  } else if (has_mode && !has_condition) {
    problems.add_for(set_place("mode"), "it needs a condition (add condition = '...')");
  } else if (has_condition && !stream.multiline_continuation.empty()) {
    problems.add_for(set_place("continuation"), "it is a condition itself (remove it, or condition and mode)");
  }
  const bool says_nothing =
      stream.multiline_start.empty() && stream.multiline_continuation.empty() && !has_condition && !has_mode;
  const StreamConfig defaults;
  const bool has_limits = stream.multiline_max_lines != defaults.multiline_max_lines ||
                          stream.multiline_timeout != defaults.multiline_timeout;
  if (says_nothing && has_limits) {
    problems.add_for(set_place(stream.multiline_max_lines != defaults.multiline_max_lines ? "max_lines" : "timeout"),
                     "nothing says which lines belong together (add start, continuation or condition)");
  }
}

void check_streams(const std::vector<StreamConfig>& streams, Problems& problems) {
  std::map<std::string, std::string> seen;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const StreamConfig& stream = streams[i];
    const std::string key = fmt::format("stream[{}]", i);
    const std::string name_key = key + ".name";
    if (stream.name.empty()) {
      // said by the reader: a name is required
    } else if (!is_stream_name(stream.name)) {
      problems.add_for(name_key, fmt::format("'{}' is not a name (write 1 to {} of A-Z a-z 0-9 . _ -)", stream.name,
                                             kMaxStreamName));
    } else if (const auto [first, fresh] = seen.emplace(stream.name, problems.place_of(name_key)); !fresh) {
      problems.add_for(
          name_key, fmt::format("'{}' is the name of the stream at {} (choose another)", stream.name, first->second));
    }
    if (stream.paths.empty() && !stream.push && !stream.journal) {
      problems.add(problems.place_of(key),
                   "the stream has no paths (add paths = [...], push = true or journal = true)");
    }
    check_globs(stream.paths, key + ".paths", /*must_be_absolute=*/true, problems);
    check_globs(stream.exclude, key + ".exclude", /*must_be_absolute=*/false, problems);
    check_multiline(stream, key, problems);
  }
}

void check_sampler(const SamplerConfig& sampler, Problems& problems) {
  check_globs(sampler.units, "sampler.units", /*must_be_absolute=*/false, problems);
  check_globs(sampler.cgroups, "sampler.cgroups", /*must_be_absolute=*/false, problems);
  for (std::size_t i = 0; i < sampler.cgroups.size(); ++i) {
    const std::string& glob = sampler.cgroups[i];
    if (glob.empty() || (glob.front() != '/' && glob.back() != '/')) continue;
    problems.add_for(fmt::format("sampler.cgroups[{}]", i),
                     fmt::format("'{}' begins or ends with a slash (write the path below /sys/fs/cgroup, such as "
                                 "\"docker/*\")",
                                 glob));
  }
}

bool is_metric_name(std::string_view name) {
  const auto fits = [](char c) { return is_alphanumeric(c) || c == '_' || c == '.'; };
  return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), fits) &&
         (name.front() < '0' || name.front() > '9') && name.front() != '.';
}

/// Names that are ours, whichever way they are spelt.
bool is_reserved_metric(std::string_view name) {
  constexpr std::array<std::string_view, 4> kOurs{"system", "process", "tailwater", "unit"};
  return std::any_of(kOurs.begin(), kOurs.end(), [name](std::string_view ours) {
    return name.substr(0, ours.size()) == ours && name.size() > ours.size() &&
           (name[ours.size()] == '.' || name[ours.size()] == '_');
  });
}

void check_metrics(const Configuration& configuration, Problems& problems) {
  std::map<std::string, std::string> seen;  // dots and underscores are one in /metrics
  for (std::size_t i = 0; i < configuration.metrics.size(); ++i) {
    const MetricConfig& metric = configuration.metrics[i];
    const std::string key = fmt::format("metric[{}]", i);
    std::string spelt = metric.name;
    std::replace(spelt.begin(), spelt.end(), '.', '_');
    if (metric.name.empty()) {
      // said by the reader: a name is required
    } else if (!is_metric_name(metric.name)) {
      problems.add_for(key + ".name",
                       fmt::format("'{}' is not a name (write letters, digits, _ and ., no digit first)", metric.name));
    } else if (is_reserved_metric(metric.name)) {
      problems.add_for(key + ".name", fmt::format("'{}' begins as tailwater's own do (choose another)", metric.name));
    } else if (const auto [first, fresh] = seen.emplace(spelt, problems.place_of(key + ".name")); !fresh) {
      problems.add_for(key + ".name", fmt::format("'{}' is the name of the metric at {} (choose another)", metric.name,
                                                  first->second));
    }
    const bool known = std::any_of(configuration.streams.begin(), configuration.streams.end(),
                                   [&](const StreamConfig& stream) { return stream.name == metric.stream; });
    if (!metric.stream.empty() && !known) {
      problems.add_for(
          key + ".stream",
          fmt::format("there is no stream '{}' (name one of yours, or leave it out for all)", metric.stream));
    }
  }
}

void check_runs(const Configuration& configuration, Problems& problems) {
  std::map<std::string, std::string> seen;
  for (std::size_t i = 0; i < configuration.runs.size(); ++i) {
    const RunsConfig& runs = configuration.runs[i];
    const std::string key = fmt::format("runs[{}].stream", i);
    if (runs.stream.empty()) continue;  // said by the reader: a stream is required
    const bool known = std::any_of(configuration.streams.begin(), configuration.streams.end(),
                                   [&](const StreamConfig& stream) { return stream.name == runs.stream; });
    if (!known) {
      problems.add_for(key, fmt::format("there is no stream '{}' (name one of yours)", runs.stream));
    } else if (const auto [first, fresh] = seen.emplace(runs.stream, problems.place_of(key)); !fresh) {
      problems.add_for(key,
                       fmt::format("'{}' has its [[runs]] at {} already (remove one)", runs.stream, first->second));
    }
  }
}

}  // namespace

void validate(const Configuration& configuration, Problems& problems) {
  check_listen(configuration, problems);
  check_tls(configuration.server, problems);
  check_access(configuration, problems);
  check_base_path(configuration.server.base_path, problems);
  check_allowed_hosts(configuration.server, problems);
  check_trusted_proxies(configuration.server, problems);
  if (const auto host = host_of_url(configuration.server.public_url); !host) {
    problems.add_for("server.public_url", host.error().message);
  }
  const LimitsConfig& limits = configuration.limits;
  if (limits.feed_bytes > limits.all_feeds_bytes) {
    problems.add_for("limits.feed_bytes",
                     fmt::format("{} are more than the {} of limits.all_feeds_bytes (lower it, or "
                                 "raise that)",
                                 to_byte_text(limits.feed_bytes), to_byte_text(limits.all_feeds_bytes)));
  }
  check_streams(configuration.streams, problems);
  check_sampler(configuration.sampler, problems);
  check_metrics(configuration, problems);
  check_runs(configuration, problems);
}

}  // namespace tailwater
