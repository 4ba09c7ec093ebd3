//! HTTP: what is measured of a request, whichever framework answers it.

mod around;
pub mod beginning;
pub mod call;
pub mod exchange;
mod flight;
mod message;
mod method;
mod place;
pub mod recorder;
mod row;
mod seen;
pub mod server;
mod status;
mod websocket;
