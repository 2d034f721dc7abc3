//! CloudFormation's resource schemas, pinned and embedded: what validation, comparison and the simulator know of AWS.
//!
//! A schema is AWS's [resource type definition schema](https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html)
//! without its prose, with two keywords more: `additionalAttributes` are names that `Fn::GetAtt` takes beside the read-only
//! properties, and `referenceIdentifier` are the properties that `Ref` gives where these are not the primary identifier.
//! `PROVENANCE.md` says which packages the data is from, under which licenses, and how it is renewed.
//!
//! ```
//! let queue = flagcdk_schemas::schema("AWS::SQS::Queue").expect("the type exists");
//! assert_eq!(queue["properties"]["DelaySeconds"]["maximum"], 900);
//! assert!(flagcdk_schemas::exists_in("AWS::SQS::Queue", "eu-west-1"));
//! ```
#![deny(missing_docs)]

mod archive;
mod availability;

pub use archive::{raw_schema, schema, type_names};
pub use availability::exists_in;
