// IntrusiveList: elements link themselves into at most one list per tag, without an allocation, and unlink themselves
// when destroyed, from wherever they are. Owns nothing. Thread: one.
#pragma once

namespace tailwater {

template <typename Tag>
class ListHook {
 public:
  ListHook() = default;
  ~ListHook() { unlink(); }
  ListHook(const ListHook&) = delete;
  ListHook& operator=(const ListHook&) = delete;

  [[nodiscard]] bool linked() const { return next_ != this; }
  void unlink() {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
  }

 private:
  template <typename T, typename ListTag>
  friend class IntrusiveList;
  ListHook* previous_ = this;
  ListHook* next_ = this;
};

/// T derives from ListHook<Tag>.
template <typename T, typename Tag>
class IntrusiveList {
 public:
  [[nodiscard]] bool empty() const { return !end_.linked(); }
  /// Takes `element` out of the list that it is in, if any.
  void push_back(T& element) {
    ListHook<Tag>& hook = element;
    hook.unlink();
    hook.previous_ = end_.previous_;
    hook.next_ = &end_;
    end_.previous_->next_ = &hook;
    end_.previous_ = &hook;
  }
  /// Null if empty.
  [[nodiscard]] T* front() { return empty() ? nullptr : static_cast<T*>(end_.next_); }
  /// The one behind `element`, which is in this list; null if there is none, or no `element`.
  [[nodiscard]] T* after(T* element) {
    if (element == nullptr) return nullptr;
    ListHook<Tag>& hook = *element;
    return hook.next_ == &end_ ? nullptr : static_cast<T*>(hook.next_);
  }
  [[nodiscard]] T* pop_front() {
    T* element = front();
    if (element != nullptr) static_cast<ListHook<Tag>*>(element)->unlink();
    return element;
  }
  /// Calls visit(T&) for each; it must leave the list as it is.
  template <typename Visit>
  void for_each(Visit&& visit) {
    for (ListHook<Tag>* hook = end_.next_; hook != &end_; hook = hook->next_) visit(*static_cast<T*>(hook));
  }
  /// Moves all of `other` behind what is here.
  void take_all(IntrusiveList& other) {
    if (other.empty()) return;
    other.end_.next_->previous_ = end_.previous_;
    end_.previous_->next_ = other.end_.next_;
    other.end_.previous_->next_ = &end_;
    end_.previous_ = other.end_.previous_;
    other.end_.previous_ = other.end_.next_ = &other.end_;
  }

 private:
  ListHook<Tag> end_;
};

}  // namespace tailwater
