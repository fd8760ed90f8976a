// Configuration: everything that the daemon can be told, with its defaults in place. Plain data, made once by
// load_configuration() (or again on SIGHUP) and handed out in parts; who reads it copies what it needs. What a field
// means to a user, its range and its flag stand in option_table.cpp, one row for each field here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"

namespace tailwater {

inline constexpr std::string_view kDefaultConfigurationFile = "/etc/tailwater/tailwater.toml";

struct ServerConfig {
  std::vector<std::string> listen{"127.0.0.1:8245"};
  std::uint64_t threads = 0;                 ///< 0 in a file; after loading the number of cores
  std::string public_url;                    ///< without a slash at the end
  std::string base_path;                     ///< after loading empty or "/logs", without a slash at the end
  std::string tls_certificate;               ///< a path; empty: no TLS
  std::string tls_key;                       ///< a path; there if and only if there is a certificate
  std::vector<std::string> allowed_hosts;    ///< after loading with the host of public_url
  std::vector<std::string> cors_origins;     ///< "https://status.example.com"
  std::vector<std::string> trusted_proxies;  ///< addresses, blocks of them, "unix"
  std::string state_dir;                     ///< as written; empty: see state_directory(); "none": in memory
  std::string log_level = "info";
  std::string log_format = "text";
  std::string sandbox = "best-effort";
  bool foreign_hard_links = false;
  bool insecure = false;
  bool keeper = false;
  Milliseconds heartbeat{15'000};
  Milliseconds shutdown_grace{2500};
};

struct LimitsConfig {
  std::uint64_t clients = 10'000;
  std::uint64_t clients_per_address = 64;
  std::uint64_t request_rate = 100;
  std::uint64_t connection_rate = 50;
  ByteCount head_bytes = 8ULL << 10;
  Milliseconds head_timeout{5000};
  Milliseconds stall_timeout{30'000};
  ByteCount client_rate = 0;  ///< bytes a second; 0: as fast as it takes them

  ByteCount max_record_bytes = 256ULL << 10;
  ByteCount feed_bytes = 4ULL << 20;
  ByteCount all_feeds_bytes = 256ULL << 20;
  std::uint64_t feeds = 1000;
  std::uint64_t history_workers = 2;
  std::uint64_t searches = 8;
  std::uint64_t searches_per_caller = 4;
  ByteCount history_step_bytes = 256ULL << 10;

  ByteCount journal_bytes = 64ULL << 20;
  ByteCount journal_memory_bytes = 4ULL << 20;

  std::uint64_t files = 10'000;
  std::uint64_t glob_depth = 16;
  Milliseconds partial_after{3000};
  Milliseconds sweep_interval{5000};
  Milliseconds poll_interval{1000};

  std::uint64_t retained_files = 256;
  ByteCount retained_bytes = 1ULL << 30;
  Milliseconds retained_age{3'600'000};
};

struct AuthConfig {
  std::string tokens;  ///< a path, or "credential:NAME"; empty: no tokens
  std::string anonymous = "none";
  std::vector<std::string> administrators;
  Milliseconds session_lifetime{12 * 3'600'000};
  std::string audit_log;      ///< a path, "log" or "none"; empty: "log" if anybody is asked who he is
  std::string jwt_algorithm;  ///< empty: no JSON Web Tokens
  std::string jwt_key;        ///< a path, or "credential:NAME"
  std::string jwt_issuer;
  std::string jwt_audience;
  Milliseconds jwt_leeway{30'000};
  std::string jwt_groups_claim = "groups";
  std::string jwt_streams_claim;
};

struct UserConfig {
  std::string name;
  std::string password;  ///< its hash
  std::vector<std::string> groups;
};

struct SamplerConfig {
  static constexpr Milliseconds kWhenAsked{-1};
  Milliseconds interval = kWhenAsked;  ///< 0: no samples
  bool per_core = false;
  bool log_levels = false;
  std::vector<std::string> units{"*.service", "*.scope"};
  std::vector<std::string> cgroups;
  std::uint64_t max_units = 500;
  std::vector<std::string> readers{"*"};
  ByteCount history_bytes = 64ULL << 20;
  ByteCount spool_bytes = 16ULL << 20;
};

struct StreamConfig {
  std::string name;
  std::vector<std::string> paths;
  std::vector<std::string> exclude;
  std::vector<std::string> readers{"*"};
  std::vector<std::string> writers;
  ByteCount max_record_bytes = 0;  ///< 0 in a file: that of the limits; after loading never 0
  bool push = false;
  ByteCount push_file_bytes = 64ULL << 20;
  ByteCount push_bytes = 1ULL << 30;
  std::uint64_t push_files = 10'000;
  Milliseconds push_age{std::int64_t{30} * 24 * 3'600'000};
  bool journal = false;           ///< of the system: what it holds is followed, too
  std::string journal_directory;  ///< empty: the system's
  std::vector<std::string> journal_units;
  bool journal_kernel = false;
  std::string journal_priority;  ///< empty: all
  std::vector<std::string> journal_matches;
  std::vector<std::string> journal_fields;
  std::string journal_since;  ///< "boot", "all", "now" or a duration; empty: the last 10,000
  ByteCount journal_spool_bytes = 128ULL << 20;
  std::vector<std::string> redact{"default"};
  std::vector<std::string> redact_places;  ///< of each, as MetricConfig::place
  std::string parse = "auto";              ///< one of the known forms, or a pattern with named groups
  std::string multiline;                   ///< the name of a built-in rule; empty: the following, if any
  std::string multiline_start;
  std::string multiline_continuation;
  std::string multiline_condition;
  std::string multiline_mode;
  std::uint64_t multiline_max_lines = 500;
  Milliseconds multiline_timeout{1000};
  std::string time_format;
  std::string time_zone;
  std::vector<std::string> drop;
  /// Where its patterns stand, by key: "drop[1]" at "FILE:3:1". For messages about patterns, which are made elsewhere.
  std::map<std::string, std::string, std::less<>> places;
};

struct MetricConfig {
  std::string name;
  std::string type = "counter";
  std::string stream;
  std::string match;
  std::string help;
  std::vector<double> buckets;
  std::uint64_t max_series = 1000;
  Milliseconds ttl{3'600'000};
  std::string place;  ///< where it stands, "FILE:3:1"; for messages about its pattern, which are made elsewhere
};

struct RunsConfig {
  std::string stream;
  std::string match;
  std::vector<std::string> rules;
  Milliseconds idle{30 * 60'000};
  Milliseconds keep_age{std::int64_t{90} * 24 * 3'600'000};
  std::uint64_t keep_runs = 10'000;
  ByteCount keep_bytes = 100ULL << 30;
  bool open_to_all = false;  ///< `public`, which C++ keeps for itself
  std::string match_place;   ///< where they stand, as MetricConfig::place
  std::vector<std::string> rule_places;
};

struct Configuration {
  ServerConfig server;
  LimitsConfig limits;
  AuthConfig auth;
  SamplerConfig sampler;
  std::vector<UserConfig> users;
  std::vector<StreamConfig> streams;  ///< after loading never empty
  std::vector<MetricConfig> metrics;
  std::vector<RunsConfig> runs;

  std::string file;  ///< the file that was read; empty if there is none
  /// Is anybody asked who he is?
  [[nodiscard]] bool asks_who() const { return !auth.tokens.empty() || !auth.jwt_algorithm.empty() || !users.empty(); }

  std::vector<std::string> warnings;  ///< what is allowed but probably not meant, in words for the log
};

}  // namespace tailwater
