//! The worker threads that render for coroutines.

use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use parking_lot::Mutex;
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use pyo3::{IntoPyObjectExt, intern};
use pyo3_async_runtimes::TaskLocals;
use pyo3_async_runtimes::generic::{self, ContextExt, JoinError, Runtime};
use tokio::runtime::{Builder, Handle};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use super::error::panicked;
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

/// The runtime of a task, or of the process in an attached thread.
fn current() -> Handle {
    Handle::try_current().unwrap_or_else(|_| {
        let threads = lifecycle::attach(threads).expect("who begins a task has asked for the threads before");
        threads.runtime.handle().clone()
    })
}

thread_local! {
    /// Whether the task that has just ended on this thread has handed over its result.
    static HANDED_OVER: Cell<bool> = const { Cell::new(false) };
}

/// The runtime of this library, for pyo3-async-runtimes.
struct Workers;

/// Why a task did not come to its end.
struct Failure(tokio::task::JoinError);

impl JoinError for Failure {
    fn is_panic(&self) -> bool {
        self.0.is_panic()
    }

    fn into_panic(self) -> Box<dyn std::any::Any + Send + 'static> {
        self.0.into_panic()
    }
}

/// A task under way.
struct Task(JoinHandle<()>);

impl Future for Task {
    type Output = Result<(), Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map_err(Failure)
    }
}

impl Runtime for Workers {
    type JoinError = Failure;
    type JoinHandle = Task;

    fn spawn<F: Future<Output = ()> + Send + 'static>(future: F) -> Task {
        Task(current().spawn(InSections::new(future)))
    }

    fn spawn_blocking<F: FnOnce() + Send + 'static>(work: F) -> Task {
        if HANDED_OVER.take() {
            drop(work);
            return Task(current().spawn(async {}));
        }
        Task(attached_on_thread(&current(), |_| work()))
    }
}

impl ContextExt for Workers {
    fn scope<F, R>(_: TaskLocals, future: F) -> Pin<Box<dyn Future<Output = R> + Send>>
    where
        F: Future<Output = R> + Send + 'static,
    {
        // No future of this library calls coroutines of Python, which would need the locals.
        Box::pin(future)
    }

    fn get_task_locals() -> Option<TaskLocals> {
        None
    }
}

/// Runs a task on threads of this library; `results`, an `aioprometheus.loop.Results`, takes its result.
///
/// # Errors
///
/// What `results` raises.
pub fn start<T>(
    results: Bound<'_, PyAny>,
    task: impl Future<Output = PyResult<(T, Turn)>> + Send + 'static,
) -> PyResult<()>
where
    T: for<'any> IntoPyObject<'any> + Send + 'static,
{
    let py = results.py();
    let taker = results.clone().unbind();
    // pyo3-async-runtimes cancels the task with what is awaited, and hands a panic over. What it cannot hand over, it
    // drops, and the event loop waits for ever. So the task hands over its result itself, and gives it none.
    let task = async move {
        let result = task.await;
        let handed_over = attached_on_thread(&Handle::current(), |py| hand_over(py, taker, result));
        handed_over.await.map_err(|_| panicked())?;
        // It calls `spawn_blocking` next, on this thread, to attach once more for nothing.
        HANDED_OVER.set(true);
        Ok(())
    };
    generic::future_into_py_with_locals::<Workers, _, ()>(py, TaskLocals::new(results), task)?;
    Ok(())
}

/// Attempts to hand over a result, and how long each of them waits at most for memory.
const ATTEMPTS: u32 = 60;
const WAIT: Duration = Duration::from_secs(1);

/// Brings a result to the event loop that awaits it; then the turn is over.
///
/// Where there is no memory, the result is given up for a MemoryError, which may come late. What else fails is reported
/// as an exception that nobody can catch.
fn hand_over<T>(py: Python<'_>, results: Py<PyAny>, result: PyResult<(T, Turn)>)
where
    T: for<'any> IntoPyObject<'any>,
{
    let results = results.into_bound(py);
    let (result, _turn) = match result {
        Ok((value, turn)) => (value.into_py_any(py), Some(turn)),
        Err(error) => (Err(error), None),
    };
    let (mut value, mut error) = match result {
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

/// As `on_thread`, attached to the interpreter.
fn attached_on_thread<R: Send + 'static>(
    runtime: &Handle,
    work: impl FnOnce(Python<'_>) -> R + Send + 'static,
) -> JoinHandle<R> {
    // A fork waits: before CPython 3.12, a thread that it did not make holds a lock of the interpreter for a moment when
    // it comes back. One by Python does not wait for Python code of the event loop, which may wait for the fork.
    on_thread(runtime, || fork::visit(|| lifecycle::attach(|py| fork::outside(|| work(py)))))
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
