//! Identity and Access Management: who may do what, in as few words as it takes.
//!
//! A policy is a [`PolicyDocument`] of [`Statement`]s. Nobody needs to write one for the usual cases: constructs have
//! `grant_*` methods that know the actions, the resources and the keys. They give to a [`Grantee`], which is either a
//! [`Permissions`] that a role is made with, or a role that exists already.
//!
//! Roles never have names of their own: IAM is global, so a role with a fixed name in a stack that goes to every region
//! collides with itself in the second one.
//!
//! ```
//! use flagcdk::iam::{Grantee, Permissions, Principal, Role, RoleProps, Statement};
//! use flagcdk::{App, Placement, Region};
//!
//! let app = App::new("shop", Region::EU_WEST_1);
//! let stack = app.stack("Api", Placement::Home);
//! let permissions = Permissions::new();
//! permissions.grant("ReadPrices", vec![Statement::allow(["s3:GetObject"]).on("arn:aws:s3:::prices/*")]);
//! let role = Role::new(
//!     &stack,
//!     "Reader",
//!     RoleProps::builder().assumed_by(Principal::service("lambda.amazonaws.com")).permissions(permissions).build(),
//! );
//! stack.output("RoleName", role.name());
//! assert!(app.synth()?.template("Api").contains("s3:GetObject"));
//! # Ok::<(), flagcdk::SynthError>(())
//! ```

mod admission;
mod condition;
mod instance_profile;
mod managed_policy;
mod oidc;
mod permissions;
mod policy;
mod principal;
mod role;
mod service_role;

pub(crate) use admission::Admission;
pub use condition::{Condition, ConditionKey};
pub use instance_profile::InstanceProfile;
pub use managed_policy::{ManagedPolicy, ManagedPolicyProps, ManagedPolicyRef};
pub use oidc::{GithubJobs, OidcProvider, OidcProviderProps, OidcProviderRef};
pub use permissions::{Grantee, Permissions};
pub use policy::{PolicyDocument, Statement};
pub use principal::Principal;
pub use role::{Role, RoleProps, RoleRef};
pub(crate) use service_role::service_role;
