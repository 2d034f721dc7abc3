//! Every CloudFormation resource type as a Rust type: the layer that says exactly what a template says.
//!
//! A service is a module behind a feature of its name, a resource type is a struct in it, and its property types are in a
//! module of the resource's name: `sqs::Queue`, `dynamodb::GlobalTable`, `dynamodb::global_table::AttributeDefinition`.
//! Setters are CloudFormation's properties in snake case and take literals, values of other resources, or lists of either.
//!
//! ```
//! use flagcdk_cfn as cfn;
//! use flagcdk_core::{App, Placement, Region};
//!
//! let app = App::new("shop", Region::EU_WEST_1);
//! let stack = app.stack("Orders", Placement::Home);
//! let topic = stack.add("Topic", cfn::sns::Topic::new().topic_name("orders"));
//! let queue = stack.add("Queue", cfn::sqs::Queue::new().visibility_timeout(60));
//! let subscription = cfn::sns::Subscription::new()
//!     .protocol("sqs")
//!     .topic_arn(topic.reference())
//!     .endpoint(queue.get(cfn::sqs::Queue::ARN));
//! stack.add("Subscription", subscription);
//! ```
//!
//! - A resource that lacks a required property does not compile where it is added: "required property `…::TopicArn` was never
//!   set". Setting one twice does not compile either.
//!   ```compile_fail,E0277
//!   # let stack = flagcdk_core::App::new("a", flagcdk_core::Region::EU_WEST_1).stack("S", flagcdk_core::Placement::Home);
//!   stack.add("Subscription", flagcdk_cfn::sns::Subscription::new().protocol("sqs"));
//!   ```
//!   ```compile_fail,E0599
//!   flagcdk_cfn::sns::Subscription::new().protocol("sqs").protocol("lambda");
//!   ```
//! - Where a property has known values, they are constants (`KeyType::HASH`); any other text is taken too, see [`Text`].
//! - `with(name, value)` sets a property that has no setter, by CloudFormation's name. A type that is not here can be had with
//!   [`RawResource`](flagcdk_core::RawResource). Both are checked when the app is validated.
//!
//! # What is generated
//! All but this file, [`Text`] and [`Tag`], by `cargo xtask codegen` from the pinned schemas of `flagcdk-schemas`.

pub mod tag;
mod text;

/// An enum without variants that has a constant for each value that is known.
#[doc(hidden)]
#[macro_export]
macro_rules! known_values {
    ($(#[$doc:meta])* $name:ident { $($constant:ident = $value:literal,)* }) => {
        $(#[$doc])*
        pub enum $name {}

        impl $name {
            $(
                #[doc = concat!("`", $value, "`")]
                pub const $constant: $crate::Text<$name> = $crate::Text::new($value);
            )*
        }
    };
}

/// Types without values, which name required properties.
#[doc(hidden)]
#[macro_export]
macro_rules! markers {
    ($($name:ident)*) => {
        $(
            #[doc = concat!("The required property `", stringify!($name), "`.")]
            #[derive(Clone, Copy, Debug)]
            pub enum $name {}
        )*
    };
}

// Generated files are left in the form that they are generated in.
#[rustfmt::skip]
mod services;

pub use services::*;
pub use tag::Tag;
