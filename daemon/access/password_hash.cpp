#include "access/password_hash.h"

#include <openssl/evp.h>

#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "access/secrets.h"
#include "base/bytes.h"

namespace tailwater {
namespace {

constexpr std::uint64_t kLogCost = 15;
constexpr std::uint64_t kMaxLogCost = 17;
constexpr std::uint64_t kMinLogCost = 14;
constexpr std::uint64_t kBlockSize = 8;
constexpr std::uint64_t kMaxParallel = 4;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
constexpr std::uint64_t kMaxMemory = 256ULL << 20;

struct Parameters {
  std::uint64_t log_cost = kLogCost;
  std::uint64_t parallel = 1;
  std::string salt;
  std::string hash;
};

std::string_view take(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

std::optional<std::uint64_t> number_of(std::string_view part, std::string_view name) {
  if (part.substr(0, name.size()) != name) return std::nullopt;
  return parse_number<std::uint64_t>(part.substr(name.size()));
}

std::optional<Parameters> parse(std::string_view text) {
  if (!take(text, '$').empty() || take(text, '$') != "scrypt") return std::nullopt;
  std::string_view costs = take(text, '$');
  const auto log_cost = number_of(take(costs, ','), "ln=");
  const auto block_size = number_of(take(costs, ','), "r=");
  const auto parallel = number_of(costs, "p=");
  auto salt = from_base64url(take(text, '$'));
  auto hash = from_base64url(text);
  const bool costs_fit = log_cost && *log_cost >= kMinLogCost && *log_cost <= kMaxLogCost && block_size == kBlockSize &&
                         parallel && *parallel >= 1 && *parallel <= kMaxParallel;
  if (!costs_fit || !salt || salt->size() < kSaltBytes || !hash || hash->size() != kHashBytes) return std::nullopt;
  return Parameters{*log_cost, *parallel, std::move(*salt), std::move(*hash)};
}

std::optional<std::string> scrypt(std::string_view password, const Parameters& parameters) {
  std::string out(kHashBytes, '\0');
  const int done =
      EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(parameters.salt.data()),
                     parameters.salt.size(), 1ULL << parameters.log_cost, kBlockSize, parameters.parallel, kMaxMemory,
                     reinterpret_cast<unsigned char*>(out.data()), out.size());
  return done == 1 ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

Result<std::string> hash_password(std::string_view password) {
  auto salt = random_bytes(kSaltBytes);
  if (!salt) return fail(salt.error());
  Parameters parameters;
  parameters.salt = std::move(*salt);
  const auto hash = scrypt(password, parameters);
  if (!hash) return fail(ErrorCode::kUnavailable, "out of memory for hashing a password");
  return fmt::format("$scrypt$ln={},r={},p=1${}${}", kLogCost, kBlockSize, to_base64url(parameters.salt),
                     to_base64url(*hash));
}

Result<void> check_password_hash(std::string_view hash) {
  if (parse(hash)) return {};
  return fail(ErrorCode::kInvalid, "not a password hash ($scrypt$...; `tailwater password` makes one)");
}

bool is_password_of(std::string_view password, std::string_view hash) {
  const auto parameters = parse(hash);
  if (!parameters) return false;
  const auto made = scrypt(password, *parameters);
  return made && same_bytes(*made, parameters->hash);
}

}  // namespace tailwater
