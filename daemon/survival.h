// Survival: what makes streams go on when this process is gone: the memory in which they are moored, and the store in
// which the service manager keeps it and their sockets. Made on the main thread, before the sandbox; it outlives all
// that serves.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/fd_store.h"
#include "base/inherited_fds.h"
#include "config/configuration.h"
#include "http/kept_streams.h"
#include "stream/mooring.h"

namespace tailwater {

class Survival {
 public:
  /// Takes what an earlier process left out of `inherited`, whether anything is kept from now on or not. `state`: the
  /// state directory, where the journal is; without one no place in it survives, and nothing is kept. What cannot be
  /// had is logged.
  Survival(const Configuration& configuration, const std::string& state, std::vector<InheritedFd>& inherited);

  /// Null: streams end with this process.
  [[nodiscard]] KeptStreams* kept() const { return kept_.get(); }
  [[nodiscard]] const Moorings* moorings() const { return moorings_.get(); }
  [[nodiscard]] KeptByEarlier take_earlier() { return std::move(earlier_); }
  /// How many streams; 0: none.
  [[nodiscard]] std::size_t places() const { return places_; }
  /// Whether the journal is on the disk: only then the next process finds the places that are written down. Any thread.
  void trust_journal(bool trusted) {
    if (moorings_) moorings_->set_journal(trusted ? journal_ : 0);
  }

 private:
  void set_up(const Configuration& configuration);

  const std::uint64_t journal_;
  KeptByEarlier earlier_;
  std::size_t places_ = 0;
  std::unique_ptr<FdStore> store_;
  std::unique_ptr<Moorings> moorings_;
  std::unique_ptr<KeptStreams> kept_;
};

}  // namespace tailwater
