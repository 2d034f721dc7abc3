//! Reads the flags of a service.
//!
//! ```no_run
//! use flag_client::{Context, FlagClient, Settings, Tls};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let settings = Settings::builder()
//!     .service("checkout".parse()?)
//!     .host("flags.abcdef.euw1.cache.amazonaws.com")
//!     .tls(Tls::PublicRoots)
//!     .build();
//! let client = FlagClient::start(settings);
//! let user = Context::of_user("user-1").with("country", "SE");
//! if client.bool("checkout.express-pay", &user, false) {
//!     // …
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Promises
//!
//! - **Reading never waits and never fails.** All flags of the service are in memory. A flag is evaluated there, in less than a
//!   microsecond, without a lock and without the network. What cannot be known is the default that the caller gives.
//! - **The cache may go.** The last flags stay. The client tries on, ever more slowly, and says how old they are:
//!   [`FlagClient::freshness`].
//! - **Nothing goes back.** Of each flag the newest version stays, whatever the cache says after a failover or when it is
//!   empty. Only a tombstone takes a flag away.
//! - **One flag spoils nothing.** An entry that cannot be read leaves its flag as it was, and is counted.
//! - **It says what it holds.** Each version that comes into use is handed to the [`Reporter`], whose lines the check of
//!   consistency looks for in the service's log: see [`JsonLines`].
//!
//! # Evaluation
//!
//! 1. A flag whose kill switch is pulled gives its off value.
//! 2. So does one with a prerequisite that does not have the value wanted, for the same user. A prerequisite that is not there
//!    has no value.
//! 3. The first targeting rule all of whose conditions hold, and whose share takes the user in, gives its value.
//! 4. Else the rollout decides: its share gets the value, the others the off value. Without a rollout, all get the value.
//!
//! Users are dealt to shares as [`flag_model::bucket`] says, by the attribute that the rollout names, and by `user_id` if there
//! is no rollout.
#![deny(missing_docs)]

mod client;
mod compile;
mod condition;
mod context;
mod evaluate;
#[cfg(feature = "open-feature")]
mod provider;
mod refresh;
mod report;
mod settings;
mod snapshot;
mod source;
mod value;

pub use client::{FlagClient, NotReady};
pub use context::{Attribute, Context, USER_ID};
pub use evaluate::{Evaluation, NoValue, Reason};
#[cfg(feature = "open-feature")]
pub use provider::FlagProvider;
pub use refresh::Freshness;
pub use report::{JsonLines, Reporter};
pub use settings::{Password, Settings, Tls};
pub use snapshot::Snapshot;
pub use source::RefreshError;
pub use value::Value;
