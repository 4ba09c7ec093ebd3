//! Threads that are ended while frames of this library are on their stacks.
//!
//! CPython before 3.14 ends a thread that wants the lock of an interpreter which has begun to end: by `pthread_exit`,
//! wherever that thread is. With glibc this unwinds the stack, and Rust aborts the process when that reaches frames of its
//! own. Other C libraries do not unwind, and from 3.14 on such a thread waits for ever.
//!
//! So do threads that come from this library: before glibc unwinds a frame, it runs those cleanup handlers of the thread
//! that stand below the frame on the stack. The one that is pushed here stands outside of any stack, and so runs before
//! the first frame is unwound. If frames of this library are among them, it does not return.

use std::cell::Cell;
use std::time::Duration;

use crate::fork::{self, Presence};

/// The threads that are about to attach to the interpreter. They do, or they are parked.
pub static COMING: Presence = Presence::new(&COMES);

thread_local! {
    /// Whether this thread is one of `COMING`.
    static COMES: Cell<bool> = const { Cell::new(false) };
}

/// Makes this thread park, from here on, rather than be unwound through frames of this library.
///
/// To be called again by every call that may run Python code: a `longjmp` elsewhere in the thread takes the handler away.
#[inline]
pub fn prepare() {
    #[cfg(all(target_os = "linux", target_env = "gnu", not(Py_3_14)))]
    glibc::prepare();
}

/// Makes this thread wait until the process has ended.
pub fn park() -> ! {
    // Neither forks nor the end of the interpreter need to wait for what this thread has begun.
    fork::leave_for_ever();
    COMING.leave();
    loop {
        std::thread::sleep(Duration::from_secs(100_000));
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu", not(Py_3_14)))]
mod glibc {
    use std::cell::UnsafeCell;
    use std::ffi::{c_int, c_void};
    use std::mem::MaybeUninit;
    use std::ptr;
    use std::sync::OnceLock;

    type Routine = unsafe extern "C" fn(*mut c_void);
    type Push = unsafe extern "C" fn(*mut Handler, Routine, *mut c_void);
    type Pop = unsafe extern "C" fn(*mut Handler, c_int);

    /// `struct _pthread_cleanup_buffer` of `<pthread.h>`.
    #[repr(C)]
    struct Handler {
        routine: Option<Routine>,
        argument: *mut c_void,
        cancel_type: c_int,
        previous: *mut Handler,
    }

    impl Handler {
        const fn new() -> Self {
            Self { routine: None, argument: ptr::null_mut(), cancel_type: 0, previous: ptr::null_mut() }
        }
    }

    /// The handler of all threads that have no other one.
    struct Shared(UnsafeCell<Handler>);

    // SAFETY: glibc writes it in every thread, always with the same content, and readers find that content or, before the
    // first write, never reach it.
    unsafe impl Sync for Shared {}

    static SHARED: Shared = Shared(UnsafeCell::new(Handler::new()));

    /// `_pthread_cleanup_push` and `_pthread_cleanup_pop`. They are looked up, because they moved from one library to
    /// another with glibc 2.34, and a later one may be without them.
    fn functions() -> Option<(Push, Pop)> {
        static FUNCTIONS: OnceLock<Option<(Push, Pop)>> = OnceLock::new();
        *FUNCTIONS.get_or_init(|| {
            // SAFETY: these are the names of functions of these types, in all versions of glibc that have them.
            unsafe {
                let push = libc::dlsym(libc::RTLD_DEFAULT, c"_pthread_cleanup_push".as_ptr());
                let pop = libc::dlsym(libc::RTLD_DEFAULT, c"_pthread_cleanup_pop".as_ptr());
                if push.is_null() || pop.is_null() {
                    return None;
                }
                Some((
                    std::mem::transmute::<*mut c_void, Push>(push),
                    std::mem::transmute::<*mut c_void, Pop>(pop),
                ))
            }
        })
    }

    pub fn prepare() {
        let Some((push, pop)) = functions() else {
            return;
        };
        let mut probe = Handler::new();
        // SAFETY: the probe is popped before it goes. The list that it shows is that of this thread, of handlers that live.
        unsafe {
            push(&raw mut probe, stop, ptr::null_mut());
            let first = probe.previous;
            pop(&raw mut probe, 0);
            let mut handler = first;
            while let Some(known) = handler.as_ref() {
                if known.routine.is_some_and(|routine| ptr::fn_addr_eq(routine, stop as Routine)) {
                    return;
                }
                handler = known.previous;
            }
            // What follows the shared one must be the same in all threads: nothing. Others live for ever, as nobody knows
            // when they are not used any more; they are few, because hardly anything uses this list.
            let own = if first.is_null() { SHARED.0.get() } else { Box::into_raw(Box::new(Handler::new())) };
            push(own, stop, ptr::null_mut());
        }
    }

    /// Runs when this thread is being unwound, by `pthread_exit` or a cancellation.
    unsafe extern "C" fn stop(_: *mut c_void) {
        if is_below_foreign_frames() {
            super::park();
        }
    }

    /// `struct _Unwind_Context` of `<unwind.h>`.
    #[repr(C)]
    struct Context([u8; 0]);

    unsafe extern "C" {
        fn _Unwind_Backtrace(
            visit: unsafe extern "C" fn(*mut Context, *mut c_void) -> c_int,
            argument: *mut c_void,
        ) -> c_int;
        fn _Unwind_GetIP(context: *mut Context) -> usize;
    }

    /// What a walk along the frames has seen.
    struct Walk {
        library: *mut c_void,
        foreign: bool,
        found: bool,
    }

    /// Whether there are frames of this library below those that do not belong to it (its own last ones are those of
    /// `stop`).
    fn is_below_foreign_frames() -> bool {
        let mut walk = Walk { library: library_of(stop as *const c_void), foreign: false, found: false };
        // SAFETY: `visit` gets what it takes.
        unsafe { _Unwind_Backtrace(visit, (&raw mut walk).cast()) };
        walk.found
    }

    unsafe extern "C" fn visit(context: *mut Context, walk: *mut c_void) -> c_int {
        // `_URC_NO_REASON` goes on, anything else ends the walk.
        const GO_ON: c_int = 0;
        const STOP: c_int = 4;
        // SAFETY: that is the walk that `is_below_foreign_frames` lends, and a frame's context.
        let (walk, address) = unsafe { (&mut *walk.cast::<Walk>(), _Unwind_GetIP(context)) };
        let is_ours = library_of(ptr::without_provenance(address)) == walk.library;
        walk.foreign |= !is_ours;
        walk.found = is_ours && walk.foreign;
        if walk.found { STOP } else { GO_ON }
    }

    /// Where the library is loaded that an address belongs to; null if it belongs to none.
    fn library_of(address: *const c_void) -> *mut c_void {
        let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
        // SAFETY: `dladdr` takes any address, and all zeros are a `Dl_info`.
        unsafe {
            libc::dladdr(address, info.as_mut_ptr());
            info.assume_init().dli_fbase
        }
    }
}
