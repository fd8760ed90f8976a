// What is not listed fails: as unknown (ENOSYS), so that a C library falls back to what is older, or as forbidden
// (EPERM) where an older way would be as unwelcome.
#include "sandbox/system_calls.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "base/error.h"

#ifdef __has_feature
#define TW_HAS_FEATURE(feature) __has_feature(feature)
#else
#define TW_HAS_FEATURE(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || TW_HAS_FEATURE(address_sanitizer) || \
    TW_HAS_FEATURE(thread_sanitizer)
#define TW_SANITIZED 1
#endif

namespace tailwater {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;  // none: no filter
#endif

constexpr long kAllowed[] = {
    // bytes of open files and sockets
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_pwrite64,
    SYS_preadv,
    SYS_pwritev,
    SYS_preadv2,
    SYS_pwritev2,
    SYS_lseek,
    SYS_close,
    SYS_close_range,
    SYS_dup,
    SYS_dup3,
    SYS_fcntl,
    SYS_flock,
    SYS_fsync,
    SYS_fdatasync,
    SYS_sync_file_range,
    SYS_ftruncate,
    SYS_truncate,
    SYS_fallocate,
    SYS_fadvise64,
    SYS_sendfile,
    SYS_splice,
    SYS_sendto,
    SYS_sendmsg,
    SYS_sendmmsg,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_recvmmsg,
    // files and folders: which ones is Landlock's matter
    SYS_openat,
    SYS_openat2,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_statfs,
    SYS_fstatfs,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_readlinkat,
    SYS_getdents64,
    SYS_getcwd,
    SYS_mkdirat,
    SYS_unlinkat,
    SYS_renameat2,
    SYS_linkat,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_utimensat,
    SYS_umask,
    SYS_inotify_init1,
    SYS_inotify_add_watch,
    SYS_inotify_rm_watch,
    // sockets that are there
    SYS_accept,
    SYS_accept4,
    SYS_bind,
    SYS_connect,
    SYS_listen,
    SYS_getsockname,
    SYS_getpeername,
    SYS_getsockopt,
    SYS_setsockopt,
    SYS_shutdown,
    // waiting
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_epoll_pwait2,
    SYS_ppoll,
    SYS_pselect6,
    SYS_eventfd2,
    SYS_timerfd_create,
    SYS_timerfd_settime,
    SYS_timerfd_gettime,
    SYS_signalfd4,
    SYS_pipe2,
    SYS_nanosleep,
    SYS_clock_nanosleep,
    SYS_futex,
    SYS_restart_syscall,
    // memory and threads
    SYS_brk,
    SYS_mmap,
    SYS_munmap,
    SYS_mremap,
    SYS_mprotect,
    SYS_madvise,
    SYS_mincore,
    SYS_msync,
    SYS_membarrier,
    SYS_set_robust_list,
    SYS_get_robust_list,
    SYS_rseq,
    SYS_set_tid_address,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_sched_getparam,
    SYS_sched_getscheduler,
    SYS_sched_get_priority_max,
    SYS_sched_get_priority_min,
    SYS_getcpu,
    SYS_exit,
    SYS_exit_group,
    // signals
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_rt_sigtimedwait,
    SYS_rt_sigpending,
    SYS_rt_sigsuspend,
    SYS_sigaltstack,
    // questions
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_gettimeofday,
    SYS_times,
    SYS_getrusage,
    SYS_getrandom,
    SYS_uname,
    SYS_sysinfo,
    SYS_getpid,
    SYS_getppid,
    SYS_gettid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getgroups,
    SYS_getresuid,
    SYS_getresgid,
    SYS_getpgid,
    SYS_getsid,
    SYS_capget,
#ifdef SYS_renameat
    SYS_renameat,
#endif
#ifdef SYS_getrlimit
    SYS_getrlimit,
#endif
#ifdef __x86_64__
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_readlink,
    SYS_getdents,
    SYS_mkdir,
    SYS_rmdir,
    SYS_unlink,
    SYS_rename,
    SYS_link,
    SYS_chmod,
    SYS_creat,
    SYS_dup2,
    SYS_pipe,
    SYS_poll,
    SYS_select,
    SYS_epoll_create,
    SYS_epoll_wait,
    SYS_eventfd,
    SYS_inotify_init,
    SYS_time,
    SYS_alarm,
    SYS_arch_prctl,
#endif
#ifdef TW_SANITIZED
    // How sanitizers look at a process that ends, and tell what they found.
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_wait4,
    SYS_personality,
    SYS_kill,
    SYS_tkill,
    SYS_sched_setaffinity,
    SYS_setrlimit,
    SYS_clone3,
#ifdef __x86_64__
    SYS_fork,
    SYS_vfork,
#endif
#endif
};

/// These fail as forbidden.
constexpr long kForbidden[] = {
    SYS_execve,
    SYS_execveat,
    SYS_socket,
    SYS_ioctl,
    SYS_prctl,
    SYS_prlimit64,
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setgroups,
    SYS_capset,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_kexec_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_quotactl,
    SYS_userfaultfd,
    SYS_process_vm_writev,
    SYS_symlinkat,
    SYS_mknodat,
    SYS_fchownat,
    SYS_fchown,
    SYS_personality,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_kill,
    SYS_tkill,
    SYS_rt_sigqueueinfo,
    SYS_io_uring_setup,
    SYS_memfd_create,
    SYS_open_by_handle_at,
    SYS_name_to_handle_at,
};

constexpr std::uint32_t kUnknown = SECCOMP_RET_ERRNO | ENOSYS;
constexpr std::uint32_t kDenied = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t kNamespaces =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

using Program = std::vector<sock_filter>;

void load(Program& program, std::size_t offset) {
  program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
}
/// Arguments are 64 bits; those that are judged here are read as ints by the kernel. Little-endian.
void load_argument(Program& program, std::size_t number) {
  load(program, offsetof(seccomp_data, args) + number * sizeof(std::uint64_t));
}
void load_call(Program& program) {
  load(program, offsetof(seccomp_data, nr));
}
void answer(Program& program, std::uint32_t with) {
  program.push_back(BPF_STMT(BPF_RET | BPF_K, with));
}
void answer_if_equal(Program& program, std::uint32_t value, std::uint32_t with) {
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
  answer(program, with);
}

/// `call` only if its argument is one of `values`; what was loaded before is the number of the call, and is again.
void allow_with(Program& program, long call, std::size_t argument, std::initializer_list<std::uint32_t> values) {
  const auto skipped = static_cast<std::uint8_t>(1 + 2 * values.size() + 1);
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, skipped));
  load_argument(program, argument);
  for (const std::uint32_t value : values) answer_if_equal(program, value, SECCOMP_RET_ALLOW);
  answer(program, kDenied);
}

/// Threads and children, but no namespaces.
void allow_clone(Program& program) {
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4));
  load_argument(program, 0);
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kNamespaces, 0, 1));
  answer(program, kDenied);
  answer(program, SECCOMP_RET_ALLOW);
}

Program make_program() {
  constexpr std::uint32_t kSetVmaName = 0x53564d41;  // PR_SET_VMA: allocators name their memory
  Program program;
  load(program, offsetof(seccomp_data, arch));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
  answer(program, SECCOMP_RET_KILL_PROCESS);
  load_call(program);
  for (const long call : kAllowed) answer_if_equal(program, static_cast<std::uint32_t>(call), SECCOMP_RET_ALLOW);
  allow_with(program, SYS_socket, 0, {AF_UNIX});  // to the service manager
  allow_with(program, SYS_socketpair, 0, {AF_UNIX});
  allow_with(program, SYS_ioctl, 1, {FIONREAD, FIONBIO, TIOCOUTQ, TCGETS, TIOCGWINSZ});
  allow_with(program, SYS_prctl, 0,
             {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_GET_NO_NEW_PRIVS, kSetVmaName
#ifdef TW_SANITIZED
              ,
              PR_SET_DUMPABLE, PR_SET_PTRACER
#endif
             });
  allow_with(program, SYS_prlimit64, 0, {0});  // our own limits, under what is hard
  allow_with(program, SYS_tgkill, 0, {static_cast<std::uint32_t>(::getpid())});
  allow_clone(program);
  for (const long call : kForbidden) answer_if_equal(program, static_cast<std::uint32_t>(call), kDenied);
  answer(program, kUnknown);
  return program;
}

}  // namespace

bool can_filter_calls() {
  // EFAULT: there are filters, and this is none (seccomp(2)).
  return kArchitecture != 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, nullptr) != 0 && errno == EFAULT;
}

Result<void> filter_calls() {
  if (!can_filter_calls()) return fail(ErrorCode::kUnavailable, "no filters for this kernel or processor");
  Program program = make_program();
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  const long refused = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
  if (refused == 0) return {};
  if (refused > 0) return fail(ErrorCode::kUnavailable, "a thread has a filter of its own");
  return fail(errno_error("seccomp", "", errno));
}

}  // namespace tailwater
