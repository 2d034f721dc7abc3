//! Simple Storage Service: buckets that nobody but the account gets into.
//!
//! A [`Bucket`] keeps old versions, speaks TLS alone and is encrypted. Programs are let in by `grant_*` methods, to all of it
//! or to what is [below a prefix](BucketRef::below); services by statements of the bucket's policy.
//!
//! ```
//! use flagcdk::iam::Permissions;
//! use flagcdk::s3::{Bucket, BucketProps, LifecycleRule, StorageClass};
//! use flagcdk::{App, Placement, Region};
//!
//! let app = App::new("shop", Region::EU_WEST_1);
//! let stack = app.stack("Storage", Placement::Home);
//! let archive = LifecycleRule::below("invoices/").to_storage_class_after(StorageClass::GLACIER_IR, 90);
//! let bucket = Bucket::new(&stack, "Documents", BucketProps::builder().lifecycle([archive]).build());
//! let permissions = Permissions::new();
//! bucket.as_ref().below("invoices/").grant_read(&permissions);
//! assert!(app.synth()?.template("Storage").contains("BlockPublicPolicy"));
//! # Ok::<(), flagcdk::SynthError>(())
//! ```

mod bucket;
mod lifecycle;
mod notification;
mod reference;

pub use bucket::{Bucket, BucketProps, CorsRule, Versioning};
pub use lifecycle::{LifecycleRule, StorageClass};
pub use notification::{Destination, Event, Notification};
pub use reference::BucketRef;
