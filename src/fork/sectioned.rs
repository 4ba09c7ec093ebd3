//! Wrappers that use and drop their values inside [sections](super::section): for values whose drop takes a lock.

use std::future::Future;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::{generation, section};

/// A value that is dropped inside a section.
pub struct Sectioned<T>(ManuallyDrop<T>);

impl<T> Sectioned<T> {
    /// Wraps `value`, so that it is dropped inside a section.
    pub fn new(value: T) -> Self {
        Self(ManuallyDrop::new(value))
    }

    /// The value. From here on it is dropped like any other.
    pub fn into_inner(self) -> T {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is neither used nor dropped any more.
        unsafe { ManuallyDrop::take(&mut this.0) }
    }
}

impl<T> Deref for Sectioned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Sectioned<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> Drop for Sectioned<T> {
    fn drop(&mut self) {
        // SAFETY: it is dropped here alone, and not used any more.
        section(|| unsafe { ManuallyDrop::drop(&mut self.0) });
    }
}

/// A future that is polled and dropped inside sections.
///
/// It is woken only in the process that polled it. The child of a fork may drop something that wakes a task of the
/// parent, but there the runtime of that task has no threads, and one of these may have held a lock.
pub struct InSections<F>(Sectioned<Pin<Box<F>>>);

impl<F: Future> InSections<F> {
    /// Wraps `future`, so that it is polled and dropped inside sections.
    pub fn new(future: F) -> Self {
        Self(Sectioned::new(Box::pin(future)))
    }
}

impl<F: Future> Future for InSections<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let waker =
            Waker::from(Arc::new(OfThisProcess { generation: generation(), waker: context.waker().clone() }));
        section(|| self.0.as_mut().poll(&mut Context::from_waker(&waker)))
    }
}

/// Wakes in the process of this generation only.
struct OfThisProcess {
    generation: u64,
    waker: Waker,
}

impl Wake for OfThisProcess {
    fn wake(self: Arc<Self>) {
        if self.generation == generation() {
            self.waker.wake_by_ref();
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::cell::Cell;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::{INSIDE, guard};
    use super::*;

    /// Counts the times that it is dropped, all of them inside sections.
    struct Dropped<'a>(&'a Cell<usize>);

    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            assert!(INSIDE.get());
            self.0.set(self.0.get() + 1);
        }
    }

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_value_is_dropped_once_inside_a_section() {
        let drops = Cell::new(0);
        guard(|| {
            drop(Sectioned::new(Dropped(&drops)));
            assert_eq!(drops.get(), 1);
            let value = Sectioned::new(Dropped(&drops)).into_inner();
            assert_eq!(drops.get(), 1);
            section(|| drop(value));
            assert_eq!(drops.get(), 2);
        });
    }

    #[test]
    fn a_future_is_polled_inside_sections_and_woken() {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        let mut first = true;
        let mut future = Box::pin(InSections::new(std::future::poll_fn(|context| {
            assert!(INSIDE.get());
            context.waker().wake_by_ref();
            if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(5) }
        })));
        guard(|| {
            assert_eq!(future.as_mut().poll(&mut context), Poll::Pending);
            assert!(!INSIDE.get());
            assert_eq!(woken.0.load(Ordering::Relaxed), 1);
            assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(5));
        });
    }

    #[test]
    fn a_future_drops_what_it_holds_when_it_ends_or_is_dropped() {
        let drops = Cell::new(0);
        guard(|| {
            for polls in 0..3 {
                let value = Dropped(&drops);
                let mut future = Box::pin(InSections::new(async move {
                    let _value = value;
                    let mut first = true;
                    std::future::poll_fn(|_| {
                        if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }
                    })
                    .await;
                }));
                for _ in 0..polls {
                    let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                }
                assert_eq!(drops.get(), polls + usize::from(polls == 2));
                drop(future);
                assert_eq!(drops.get(), polls + 1);
            }
        });
    }

    #[test]
    fn another_process_wakes_nobody() {
        let woken = Arc::new(Woken::default());
        for (generation, times) in [(generation(), 1), (generation() + 1, 1)] {
            let waker = Waker::from(Arc::new(OfThisProcess { generation, waker: Arc::clone(&woken).into() }));
            waker.wake();
            assert_eq!(woken.0.load(Ordering::Relaxed), times);
        }
    }
}
