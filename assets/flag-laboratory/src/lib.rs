//! Runs the functions' binary as Lambda does, with what they speak to around it, for tests and measurements.
//!
//! | part | what it is |
//! |---|---|
//! | [`Lambda`] | the binary as a process of its own, and Lambda's Runtime API on loopback |
//! | [`Redis`] | a real `redis-server`, by default as ElastiCache is: TLS, a password |
//! | [`flags`] | flags that the business rules have nothing against, and the events that tell of them |
//! | [`RecordingServer`] | a server that records what AWS is asked for and answers from a small table: no simulation of AWS |
//!
//! Whatever goes wrong here is a panic with a sentence: there is nobody to hand an error to but whoever runs the test.
#![deny(missing_docs)]

mod certificate;
pub mod flags;
mod lambda;
mod recording;
mod redis;

pub use certificate::Certificates;
pub use lambda::{Answer, Failed, Lambda, Started};
pub use recording::{Call, Fault, Permission, RecordingServer, Table};
pub use redis::{Guard, Redis};

use std::net::TcpListener;
use std::time::Duration;

use axum::Router;

/// Longer than anything takes; only what hangs is ended by it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A port of loopback that nobody uses at this moment. Should somebody take it first, whatever is started on it says so.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("the listener is bound").port()
}

/// Serves on a free port of loopback until the runtime ends, and gives the address.
async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let address = listener.local_addr().expect("the listener is bound").to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
