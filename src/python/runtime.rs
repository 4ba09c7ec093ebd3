//! The worker threads that render for coroutines.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use parking_lot::Mutex;
use pyo3::exceptions::{PyMemoryError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::{IntoPyObjectExt, intern};
use tokio::runtime::{Builder, Handle};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinHandle;

use super::lifecycle;
use crate::fork::{self, InSections, Sectioned};
use crate::memory;

/// The number of expositions that are rendered at a time; others wait for their turn. One more thread hands results over.
const THREADS: usize = 4;

/// More memory than a new thread takes for its stack and its start.
const THREAD_MEMORY: usize = 4 << 20;

/// The runtime, and the generation of the process that it belongs to: threads do not live on in a fork.
///
/// Only attached threads come here, so that a fork finds the lock free; tasks know the runtime that they run on.
static RUNTIME: Mutex<Option<(u64, Arc<Threads>)>> = Mutex::new(None);

/// The threads of a process.
pub struct Threads {
    runtime: tokio::runtime::Runtime,
    /// The expositions that may still begin. Those that wait for a permit hold no thread, so that results are handed over
    /// meanwhile.
    permits: Arc<Semaphore>,
}

/// The runtime of this process, made when it is first asked for; none where the system has no thread for it.
pub fn threads(_: Python<'_>) -> Option<Arc<Threads>> {
    let mut runtime = RUNTIME.lock();
    match &*runtime {
        Some((generation, threads)) if *generation == fork::generation() => Some(Arc::clone(threads)),
        _ => {
            memory::check(THREAD_MEMORY).ok()?;
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(1).max_blocking_threads(THREADS + 1).thread_name("aioprometheus");
            builder.on_thread_start(fork::guard_thread);
            // It panics if the system makes no thread.
            let new = catch_unwind(AssertUnwindSafe(|| builder.build())).ok()?.ok()?;
            let threads = Arc::new(Threads { runtime: new, permits: Arc::new(Semaphore::new(THREADS)) });
            // That of the parent process, if there is one, cannot be shut down here: its threads do not exist.
            std::mem::forget(runtime.replace((fork::generation(), Arc::clone(&threads))));
            Some(threads)
        }
    }
}

/// What is raised where the core panicked.
pub fn panicked() -> PyErr {
    PyRuntimeError::new_err("aioprometheus panicked; please report this")
}

/// Cancels the task of an awaitable that nobody wants any more.
#[pyclass(module = "aioprometheus._core", frozen)]
struct Cancel(Mutex<Option<oneshot::Sender<()>>>);

#[pymethods]
impl Cancel {
    fn __call__(&self) {
        let sender = self.0.lock().take();
        // It fails when the task has come to its end.
        let _late = sender.map(|sender| sender.send(()));
    }
}

/// Runs a task on threads of this library, and gives what is awaited for its result.
///
/// `results` is an `aioprometheus.loop.Results`, which makes what is awaited and brings the result there.
///
/// # Errors
///
/// What `results` raises when it makes that.
pub fn start<'py, T>(
    results: &Bound<'py, PyAny>,
    threads: &Threads,
    task: impl Future<Output = PyResult<T>> + Send + 'static,
) -> PyResult<Bound<'py, PyAny>>
where
    T: for<'any> IntoPyObject<'any> + Send + 'static,
{
    let py = results.py();
    let (cancel, mut cancelled) = oneshot::channel();
    let cancel = Bound::new(py, Cancel(Mutex::new(Some(cancel))))?;
    let awaited = results.call_method1(intern!(py, "begin"), (cancel,))?;
    let results = results.clone().unbind();
    threads.runtime.spawn(InSections::new(async move {
        let mut task = pin!(task);
        let result = poll_fn(|context| {
            if Pin::new(&mut cancelled).poll(context).is_ready() {
                return Poll::Ready(None);
            }
            let polled = catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(context)));
            polled.unwrap_or_else(|_| Poll::Ready(Err(panicked()))).map(Some)
        });
        let result = result.await;
        // A fork waits: before CPython 3.12, a thread that it did not make holds a lock of the interpreter for a
        // moment when it comes back. It does not wait for Python code of the event loop, which may wait for the fork.
        let hand_over = move |py: Python<'_>| fork::outside(|| hand_over(py, results, result));
        let handed_over = on_thread(&Handle::current(), || fork::section(|| lifecycle::attach(hand_over)));
        drop(handed_over);
    }));
    Ok(awaited)
}

/// Attempts to hand over a result, and how long each of them waits at most for memory.
const ATTEMPTS: u32 = 60;
const WAIT: Duration = Duration::from_secs(1);

/// Brings a result to the event loop that awaits it; `None` if it was cancelled.
///
/// The loop would wait for ever for what is lost on the way. Where there is no memory, the result is given up for a
/// MemoryError, which may come late. What else fails is reported as an exception that nobody can catch.
fn hand_over<T>(py: Python<'_>, results: Py<PyAny>, result: Option<PyResult<T>>)
where
    T: for<'any> IntoPyObject<'any>,
{
    let results = results.into_bound(py);
    let Some(result) = result else {
        return;
    };
    let (mut value, mut error) = match result.and_then(|value| value.into_py_any(py)) {
        Ok(value) => (Some(value), None),
        Err(error) => (None, Some(error.into_value(py))),
    };
    let mut wait = Duration::from_millis(1);
    for attempt in 1.. {
        let Err(failure) = results.call_method1(intern!(py, "end"), (value.as_ref(), error.as_ref())) else {
            return;
        };
        if attempt == ATTEMPTS || !failure.is_instance_of::<PyMemoryError>(py) {
            return failure.write_unraisable(py, Some(&results));
        }
        (value, error) = (None, Some(failure.into_value(py)));
        lifecycle::detached(py, || std::thread::sleep(wait));
        wait = WAIT.min(wait * 2);
    }
}

/// Runs `work` on a thread that may wait, or here if the system has no thread for it.
fn on_thread<R: Send + 'static>(
    runtime: &Handle,
    work: impl FnOnce() -> R + Send + 'static,
) -> JoinHandle<R> {
    if memory::check(THREAD_MEMORY).is_err() {
        let result = work();
        return runtime.spawn(async { result });
    }
    let work = Arc::new(Mutex::new(Some(work)));
    let take = Arc::clone(&work);
    let begun = catch_unwind(AssertUnwindSafe(|| {
        runtime.spawn_blocking(move || {
            let work = take.lock().take();
            work.expect("it is taken once")()
        })
    }));
    begun.unwrap_or_else(|_| {
        // It panics where there is no thread at all yet.
        let work = work.lock().take();
        let result = work.expect("it was not begun")();
        runtime.spawn(async { result })
    })
}

/// The turn of one rendering, until its result is handed over: the next one begins when this is dropped.
///
/// So no more results exist than there are threads, however late a busy interpreter takes them.
pub struct Turn(#[expect(dead_code, reason = "it is dropped")] Option<OwnedSemaphorePermit>);

/// Runs `work`, which is not attached to the interpreter, on a worker thread, unless the future was dropped before that.
///
/// # Errors
///
/// When it panics.
pub async fn run<R: Send + 'static>(
    threads: Arc<Threads>,
    work: impl FnOnce() -> R + Send + 'static,
) -> PyResult<(R, Turn)> {
    // The semaphore is never closed.
    let turn = Turn(Arc::clone(&threads.permits).acquire_owned().await.ok());
    let wanted = Arc::new(());
    let seen = Arc::downgrade(&wanted);
    let done = on_thread(&Handle::current(), move || Sectioned::new(seen.upgrade().map(|_| work())));
    let result = done.await.map_err(|_| panicked())?.into_inner();
    drop(wanted);
    // If `work` was not run, the future was dropped, and is not polled again.
    match result {
        Some(result) => Ok((result, turn)),
        None => std::future::pending().await,
    }
}
