//! Assertions about templates and findings, for the tests of an app.
//!
//! ```
//! use flagcdk::assertions::{Capture, Findings, Template, absent, any, like};
//! use flagcdk::sqs::{DeadLetters, Queue, QueueProps};
//! use flagcdk::{App, Placement, Region};
//!
//! let app = App::new("shop", Region::EU_WEST_1);
//! let stack = app.stack("Orders", Placement::EveryRegion);
//! Queue::new(&stack, "Orders", QueueProps::builder().dead_letters(DeadLetters::Own { max_receive_count: 3 }).build());
//!
//! let template = Template::of(&stack);
//! let target = Capture::new();
//! template.resource_count_is("AWS::SQS::Queue", 2);
//! template.has_resource_properties("AWS::SQS::Queue", like!({
//!     "RedrivePolicy": { "maxReceiveCount": 3, "deadLetterTargetArn": &target },
//!     "MessageRetentionPeriod": any(),
//!     "QueueName": absent(),
//! }));
//! assert_eq!(target.only()["Fn::GetAtt"][0], "OrdersDeadLetters");
//! Findings::of(&app).has_no_error("*", "*");
//! ```
//!
//! What is wanted is a [`Matcher`]: JSON, in which objects may have more than is asked for and lists may not; one of the
//! functions here; or both mixed by [`like!`](crate::like). An assertion that fails shows what comes closest, and where it
//! differs.
//!
//! A [`Template`] is written as pretty JSON that is the same for the same app, so that `insta::assert_snapshot!(template)`
//! keeps all of it.

mod findings;
mod like;
mod matcher;
mod template;

pub use crate::like;
pub use findings::Findings;
pub use matcher::{
    Capture, Matcher, absent, any, array_equals, array_with, exact, json_text, not, object_equals, object_like, regex,
};
pub use template::{Section, Template, TemplateSource};
