// How this program was built, for the few places where that makes a difference.
#pragma once

namespace tailwater {

/// A program of one piece, with libc and all libraries in it (-DTAILWATER_STATIC=ON). Libraries of the system may not
/// be loaded into it, which also takes away the name services that glibc loads.
#ifdef TAILWATER_STATIC
inline constexpr bool kStaticProgram = true;
#else
inline constexpr bool kStaticProgram = false;
#endif

}  // namespace tailwater
