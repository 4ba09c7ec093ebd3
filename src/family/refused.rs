//! What safe code cannot do with a [`Family`](super::Family), because the compiler refuses it. After each refusal comes the
//! same code but for one line, which the compiler takes.
//!
//! A series is lent to an update, which may keep an [`Arc`](std::sync::Arc) of it, and no reference:
//!
//! ```compile_fail,E0521
//! # use {aioprometheus::access::Shared, aioprometheus::family::Family, aioprometheus::metric::Value, std::sync::Arc};
//! fn keep(family: &Family<Value>) {
//!     let mut kept = None;
//!     let _ = family.with(Shared, &[], |series| kept = Some(series));
//! }
//! ```
//!
//! ```
//! # use {aioprometheus::access::Shared, aioprometheus::family::Family, aioprometheus::metric::Value, std::sync::Arc};
//! fn keep(family: &Family<Value>) {
//!     let mut kept = None;
//!     let _ = family.with(Shared, &[], |series| kept = Some(Arc::clone(series)));
//! }
//! ```
//!
//! So with the state of a series:
//!
//! ```compile_fail,E0521
//! # use {aioprometheus::access::Shared, aioprometheus::family::Family, aioprometheus::metric::Value};
//! fn keep(family: &Family<Value>) {
//!     let mut kept = None;
//!     let _ = family.with(Shared, &[], |series| kept = Some(series.metric()));
//! }
//! ```
//!
//! ```
//! # use {aioprometheus::access::Shared, aioprometheus::family::Family, aioprometheus::metric::Value};
//! fn keep(family: &Family<Value>) {
//!     let mut kept = None;
//!     let _ = family.with(Shared, &[], |series| kept = Some(series.metric().get()));
//! }
//! ```
//!
//! A walk lends the series that it visits. They may be removed meanwhile, and are dropped after the walk:
//!
//! ```compile_fail,E0521
//! # use {aioprometheus::family::Family, aioprometheus::metric::Value};
//! fn keep(family: &Family<Value>) {
//!     let mut kept = Vec::new();
//!     family.for_each(|series| kept.push(series));
//! }
//! ```
//!
//! ```
//! # use {aioprometheus::family::Family, aioprometheus::metric::Value};
//! fn keep(family: &Family<Value>) {
//!     let mut kept = Vec::new();
//!     family.for_each(|series| kept.push(series.metric().get()));
//! }
//! ```
//!
//! ```compile_fail,E0521
//! # use {aioprometheus::family::Family, aioprometheus::metric::Value};
//! fn keep(family: &Family<Value>) {
//!     let mut kept = Vec::new();
//!     family.for_each_chunk(|chunk| kept.extend(chunk.iter().copied()));
//! }
//! ```
//!
//! ```
//! # use {aioprometheus::family::Family, aioprometheus::metric::Value};
//! fn keep(family: &Family<Value>) {
//!     let mut kept = Vec::new();
//!     family.for_each_chunk(|chunk| kept.extend(chunk.iter().map(|series| series.born())));
//! }
//! ```
//!
//! A visitor of samples keeps none either. A lifetime that does not fit has no code:
//!
//! ```compile_fail
//! # use {aioprometheus::memory::OutOfMemory, aioprometheus::metric::Value, aioprometheus::family::Series};
//! # use aioprometheus::sample::{Sample, Scope, Visitor};
//! struct Keep<'a>(Vec<&'a Series<Value>>);
//!
//! impl<'a> Visitor for Keep<'a> {
//!     type Error = OutOfMemory;
//!     fn sample(&mut self, _: &Sample<'_>) -> Result<(), OutOfMemory> {
//!         Ok(())
//!     }
//!     fn values(&mut self, _: &Scope<'_>, chunk: &[&Series<Value>]) -> Result<(), OutOfMemory> {
//!         self.0.extend(chunk);
//!         Ok(())
//!     }
//! }
//! ```
//!
//! ```
//! # use {aioprometheus::memory::OutOfMemory, aioprometheus::metric::Value, aioprometheus::family::Series};
//! # use aioprometheus::sample::{Sample, Scope, Visitor};
//! struct Keep<'a>(Vec<&'a Series<Value>>);
//!
//! impl<'a> Visitor for Keep<'a> {
//!     type Error = OutOfMemory;
//!     fn sample(&mut self, _: &Sample<'_>) -> Result<(), OutOfMemory> {
//!         Ok(())
//!     }
//!     fn values(&mut self, _: &Scope<'_>, chunk: &[&Series<Value>]) -> Result<(), OutOfMemory> {
//!         self.0.truncate(chunk.len());
//!         Ok(())
//!     }
//! }
//! ```
//!
//! No family ends while it is used, nor what it lends:
//!
//! ```compile_fail,E0505
//! # use {aioprometheus::access::Shared, aioprometheus::family::Family, aioprometheus::metric::Value};
//! fn end(family: Family<Value>) {
//!     let _ = family.with(Shared, &[], |_| drop(family));
//! }
//! ```
//!
//! ```
//! # use {aioprometheus::access::Shared, aioprometheus::family::Family, aioprometheus::metric::Value};
//! fn end(family: Family<Value>) {
//!     let _ = family.with(Shared, &[], |_| drop(()));
//! }
//! ```
//!
//! ```compile_fail,E0505
//! # use {aioprometheus::family::Family, aioprometheus::metric::Histogram};
//! fn end(family: Family<Histogram>) {
//!     let spec = family.spec();
//!     drop(family);
//!     drop(spec.bounds().upper());
//! }
//! ```
//!
//! ```
//! # use {aioprometheus::family::Family, aioprometheus::metric::Histogram};
//! fn end(family: Family<Histogram>) {
//!     let spec = family.spec().clone();
//!     drop(family);
//!     drop(spec.bounds().upper());
//! }
//! ```
//!
//! Threads share every family, so that its series may be shared and sent:
//!
//! ```compile_fail,E0277
//! # use aioprometheus::metric::Metric;
//! struct Mine(std::cell::Cell<u64>);
//!
//! impl Metric for Mine {
//!     type Spec = ();
//!     fn new((): &()) -> Self {
//!         Self(Default::default())
//!     }
//! }
//! ```
//!
//! ```
//! # use aioprometheus::metric::Metric;
//! struct Mine(std::sync::atomic::AtomicU64);
//!
//! impl Metric for Mine {
//!     type Spec = ();
//!     fn new((): &()) -> Self {
//!         Self(Default::default())
//!     }
//! }
//! ```
//!
//! ```compile_fail,E0277
//! # use aioprometheus::metric::Metric;
//! struct Mine;
//!
//! impl Metric for Mine {
//!     type Spec = std::rc::Rc<u64>;
//!     fn new(_: &Self::Spec) -> Self {
//!         Self
//!     }
//! }
//! ```
//!
//! ```
//! # use aioprometheus::metric::Metric;
//! struct Mine;
//!
//! impl Metric for Mine {
//!     type Spec = std::sync::Arc<u64>;
//!     fn new(_: &Self::Spec) -> Self {
//!         Self
//!     }
//! }
//! ```
//!
//! Series live on where they are held, so that they borrow nothing:
//!
//! ```compile_fail,E0478
//! # use aioprometheus::metric::Metric;
//! struct Mine<'a>(&'a str);
//!
//! impl<'a> Metric for Mine<'a> {
//!     type Spec = ();
//!     fn new((): &()) -> Self {
//!         Self("")
//!     }
//! }
//! ```
//!
//! ```
//! # use aioprometheus::metric::Metric;
//! struct Mine<'a>(&'a str);
//!
//! impl Metric for Mine<'static> {
//!     type Spec = ();
//!     fn new((): &()) -> Self {
//!         Self("")
//!     }
//! }
//! ```
//!
//! A family without locks goes to another thread, and the access to it does not. Without that, its calls panic:
//!
//! ```compile_fail,E0277
//! # use {aioprometheus::access::{Exclusive, Shared}, aioprometheus::family::Family, aioprometheus::metric::Value};
//! fn update(family: &Family<Value>, access: Exclusive<'_>) {
//!     std::thread::scope(|scope| {
//!         scope.spawn(|| family.clear(access));
//!     });
//! }
//! ```
//!
//! ```
//! # use {aioprometheus::access::{Exclusive, Shared}, aioprometheus::family::Family, aioprometheus::metric::Value};
//! fn update(family: &Family<Value>, access: Shared) {
//!     std::thread::scope(|scope| {
//!         scope.spawn(|| family.clear(access));
//!     });
//! }
//! ```
//!
//! A family alone makes series:
//!
//! ```compile_fail,E0451
//! # use {aioprometheus::family::Series, aioprometheus::metric::Value};
//! fn make(other: Series<Value>) -> Series<Value> {
//!     Series { ..other }
//! }
//! ```
//!
//! ```
//! # use {aioprometheus::family::Series, aioprometheus::metric::Value};
//! fn make(other: Series<Value>) -> Series<Value> {
//!     other
//! }
//! ```
