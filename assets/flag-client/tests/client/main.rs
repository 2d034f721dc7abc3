//! The client with a cache: a real `redis-server`, and one that fails as it is told.

mod faults;
mod memory;
mod real;
mod support;
