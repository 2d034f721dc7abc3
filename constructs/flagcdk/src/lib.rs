//! Infrastructure as typed Rust: constructs that become CloudFormation templates in every region.
//!
//! This is the crate to import. It has three layers that look different on sight:
//!
//! - [`cfn`]: every CloudFormation resource type with its own names, generated ([`cfn::sqs::Queue`] and so on);
//! - a module per service, such as [`iam`]: things of AWS with safe defaults and `grant_*` methods;
//! - [`patterns`]: nouns of intent that are made of many resources.
//!
//! A binary that `flagcdk` deploys has a `main` of one line, see [`main`].
#![deny(missing_docs)]

pub use std::process::ExitCode;

pub use flagcdk_cfn as cfn;
pub use flagcdk_core::*;

mod arn;
mod custom_resource;
mod fingerprint;
mod include;
mod json_text;
mod main_entry;
mod reference;
mod settings;
mod suggest;

pub mod apigatewayv2;
pub mod assertions;
pub mod certificatemanager;
pub mod cloudfront;
pub mod cloudwatch;
pub mod dynamodb;
pub mod ec2;
pub mod elasticache;
pub mod events;
pub mod iam;
pub mod kinesis;
pub mod kms;
pub mod lambda;
pub mod logs;
pub mod opensearch;
pub mod organizations;
pub mod patterns;
pub mod rds;
pub mod route53;
pub mod s3;
pub mod scheduler;
pub mod secretsmanager;
pub mod sns;
pub mod sqs;
pub mod ssm;
pub mod stepfunctions;

pub use custom_resource::{CustomResource, CustomResourceProps, CustomType, Provider};
pub use include::Include;
pub use main_entry::{FINDINGS_FILE, IntoApp, OUT_VARIABLE, SETTINGS_VARIABLE, main};
pub use settings::{Setting, Settings, SettingsReader};
pub use suggest::did_you_mean;

/// The listings of the README, so that they compile.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
