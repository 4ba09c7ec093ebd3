//! The time of day.

use std::time::{SystemTime, UNIX_EPOCH};

/// The time in milliseconds since 1970; 0 before that.
#[must_use]
pub fn now() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    elapsed.as_secs() * 1000 + u64::from(elapsed.subsec_millis())
}
