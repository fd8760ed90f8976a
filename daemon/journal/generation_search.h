// Finding the bytes of a generation again when no descriptor of it is at hand: under its path, under another name in
// the same folder, or as a copy. One function for each kind of place. The folder may be hostile: no symlink is
// followed, nothing but regular files is kept open. Touches the disk; any thread that may block.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "journal/catalog.h"
#include "journal/compressed_file.h"
#include "journal/file_identity.h"

namespace tailwater {

struct WantedGeneration {
  std::string path;  ///< where the generation lived
  FileIdentity identity;
  /// The inode lives on as a later generation (it was truncated): only a copy can hold the bytes.
  bool inode_reused = false;
};

/// kGone, naming the path, where no kind of place has it; kUnavailable while a compressed copy is being looked through,
/// and where descriptors or memory are too short to look.
[[nodiscard]] Result<std::shared_ptr<const GenerationBytes>> find_generation(const WantedGeneration& wanted,
                                                                             CompressedFiles& compressed);

}  // namespace tailwater
