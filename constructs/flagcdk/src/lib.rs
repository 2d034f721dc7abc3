//! Infrastructure as typed Rust: constructs that become CloudFormation templates in every region.
//!
//! This is the crate to import. It has three layers that look different on sight:
//!
//! - [`cfn`]: every CloudFormation resource type with its own names, generated ([`cfn::sqs::Queue`] and so on);
//! - a module per service, such as [`iam`]: things of AWS with safe defaults and `grant_*` methods;
//! - [`patterns`]: nouns of intent that are made of many resources.
//!
//! # Features
//!
//! Nothing is enabled by default: an app names what it uses and waits for no other service to be compiled.
//!
//! | feature | what it brings |
//! |---|---|
//! | `apigatewayv2` | [`apigatewayv2`]: API Gateway: HTTP APIs, with `certificatemanager`, `iam`, `kms`, `lambda`, `logs` |
//! | `certificatemanager` | [`certificatemanager`]: Certificate Manager, with `route53` |
//! | `cloudfront` | [`cloudfront`]: CloudFront, with `certificatemanager`, `iam`, `s3` |
//! | `cloudwatch` | [`cloudwatch`]: CloudWatch: alarms and dashboards, and the metrics of other services |
//! | `dynamodb` | [`dynamodb`]: DynamoDB, with `iam`, `kms` |
//! | `ec2` | [`ec2`]: EC2: networks, with `iam`, `kms`, `logs` |
//! | `elasticache` | [`elasticache`]: ElastiCache, with `ec2`, `kms`, `logs` |
//! | `events` | [`events`]: EventBridge, with `iam`, `kms`, `secretsmanager`, `sns`, `sqs` |
//! | `iam` | [`iam`]: IAM |
//! | `kinesis` | [`kinesis`]: Kinesis, with `iam`, `kms` |
//! | `kms` | [`kms`]: KMS, with `iam` |
//! | `lambda` | [`lambda`]: Lambda, with `iam`, `kms`, `logs`, `sns`, `sqs` |
//! | `logs` | [`logs`]: CloudWatch Logs, with `iam`, `kms` |
//! | `opensearch` | [`opensearch`]: OpenSearch Service, with `ec2`, `iam`, `kms`, `logs` |
//! | `organizations` | [`organizations`]: Organizations, with `iam` |
//! | `rds` | [`rds`]: RDS, with `ec2`, `iam`, `kms`, `secretsmanager` |
//! | `route53` | [`route53`]: Route 53 |
//! | `s3` | [`s3`]: S3, with `iam`, `kms`, `sns`, `sqs` |
//! | `scheduler` | [`scheduler`]: EventBridge Scheduler, with `iam`, `kms`, `sns`, `sqs` |
//! | `secretsmanager` | [`secretsmanager`]: Secrets Manager, with `iam`, `kms` |
//! | `sns` | [`sns`]: SNS, with `iam`, `kms`, `sqs` |
//! | `sqs` | [`sqs`]: SQS, with `iam`, `kms` |
//! | `ssm` | [`ssm`]: Systems Manager: parameters, with `iam`, `kms` |
//! | `stepfunctions` | [`stepfunctions`]: Step Functions, with `iam`, `kms`, `logs` |
//! | `patterns` | [`patterns`], and the services that they are made of |
//! | `full` | all of the above |
//! | `cfn-glue` and so on | the resource types of one service, or of a few small ones, in [`cfn`] |
//!
//! What one service says of another is there where both are enabled: a queue has `metric_*` methods with
//! `cloudwatch`, and a bucket tells functions of what happens in it with `lambda`.
//!
//! # An app
//!
//! A binary that `flagcdk` deploys has a `main` of one line, see [`main`].
#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]
// What several services share is unused where few of them are enabled, and their documentation names others; with all of them
// nothing may be unused, and every name is there.
#![cfg_attr(
    not(feature = "full"),
    allow(
        clippy::allow_attributes,
        dead_code,
        rustdoc::broken_intra_doc_links,
        unused_imports,
        unused_macros,
        unused_variables,
        reason = "for services that are not enabled"
    )
)]

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

#[cfg(feature = "apigatewayv2")]
pub mod apigatewayv2;
pub mod assertions;
#[cfg(feature = "certificatemanager")]
pub mod certificatemanager;
#[cfg(feature = "cloudfront")]
pub mod cloudfront;
#[cfg(feature = "cloudwatch")]
pub mod cloudwatch;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
#[cfg(feature = "ec2")]
pub mod ec2;
#[cfg(feature = "elasticache")]
pub mod elasticache;
#[cfg(feature = "events")]
pub mod events;
#[cfg(feature = "iam")]
pub mod iam;
#[cfg(feature = "kinesis")]
pub mod kinesis;
#[cfg(feature = "kms")]
pub mod kms;
#[cfg(feature = "lambda")]
pub mod lambda;
#[cfg(feature = "logs")]
pub mod logs;
#[cfg(feature = "opensearch")]
pub mod opensearch;
#[cfg(feature = "organizations")]
pub mod organizations;
#[cfg(feature = "patterns")]
pub mod patterns;
#[cfg(feature = "rds")]
pub mod rds;
#[cfg(feature = "route53")]
pub mod route53;
#[cfg(feature = "s3")]
pub mod s3;
#[cfg(feature = "scheduler")]
pub mod scheduler;
#[cfg(feature = "secretsmanager")]
pub mod secretsmanager;
#[cfg(feature = "sns")]
pub mod sns;
#[cfg(feature = "sqs")]
pub mod sqs;
#[cfg(feature = "ssm")]
pub mod ssm;
#[cfg(feature = "stepfunctions")]
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
