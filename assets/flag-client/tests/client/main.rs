//! The client with a cache: a real `redis-server`, and one that fails as it is told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod faults;
mod real;
mod support;
