#include "source/followed_files.h"

namespace tailwater {

FollowedFile* FollowedFiles::find(std::string_view stream, std::string_view path) const {
  const auto found = files_.find({stream, path});
  return found == files_.end() ? nullptr : found->second.get();
}

FollowedFile& FollowedFiles::add(const SourceStream& stream, std::shared_ptr<const FileInfo> info) {
  auto file = std::make_unique<FollowedFile>();
  file->stream = &stream;
  file->info = std::move(info);
  FollowedFile& added = *file;
  files_[{added.info->stream, added.info->path}] = std::move(file);
  return added;
}

void FollowedFiles::remove(FollowedFile& file) {
  const auto info = file.info;  // the key's views are of it
  files_.erase({info->stream, info->path});
}

std::vector<FollowedFile*> FollowedFiles::list() const {
  std::vector<FollowedFile*> all;
  all.reserve(files_.size());
  for (const auto& [key, file] : files_) all.push_back(file.get());
  return all;
}

FollowedFiles::Inode FollowedFiles::inode_of(const FollowedGeneration& generation) {
  return {generation.file->stream, generation.identity.device, generation.identity.inode};
}

void FollowedFiles::enter(FollowedGeneration& generation) {
  by_watch_[generation.watch] = &generation;
  by_inode_[inode_of(generation)] = &generation;
  if (generation.polled) ++polled_;
}

void FollowedFiles::leave(const FollowedGeneration& generation) {
  if (by_watch_.erase(generation.watch) > 0 && generation.polled) --polled_;
  // A truncated file's next life has the same inode.
  const auto owned = by_inode_.find(inode_of(generation));
  if (owned != by_inode_.end() && owned->second == &generation) by_inode_.erase(owned);
  if (generation.aliases == 0) return;
  std::erase_if(aliases_, [&](const auto& alias) { return alias.second == &generation; });
}

FollowedGeneration* FollowedFiles::find(WatchId watch) const {
  const auto found = by_watch_.find(watch);
  return found == by_watch_.end() ? nullptr : found->second;
}

FollowedGeneration* FollowedFiles::owner(const SourceStream& stream, dev_t device, ino_t inode) const {
  const auto found = by_inode_.find({&stream, device, inode});
  return found == by_inode_.end() ? nullptr : found->second;
}

void FollowedFiles::set_alias(std::string_view stream, const std::string& path, FollowedGeneration& generation) {
  FollowedGeneration*& leads_to = aliases_[{std::string(stream), path}];
  if (leads_to == &generation) return;
  if (leads_to != nullptr) --leads_to->aliases;
  leads_to = &generation;
  ++generation.aliases;
}

void FollowedFiles::drop_alias(std::string_view stream, const std::string& path) {
  const auto found = aliases_.find({std::string(stream), path});
  if (found == aliases_.end()) return;
  --found->second->aliases;
  aliases_.erase(found);
}

FollowedGeneration* FollowedFiles::alias(std::string_view stream, const std::string& path) const {
  if (aliases_.empty()) return nullptr;
  const auto found = aliases_.find({std::string(stream), path});
  return found == aliases_.end() ? nullptr : found->second;
}

std::vector<std::pair<std::string, std::string>> FollowedFiles::aliases() const {
  std::vector<std::pair<std::string, std::string>> all;
  all.reserve(aliases_.size());
  for (const auto& [key, generation] : aliases_) all.push_back(key);
  return all;
}

}  // namespace tailwater
