//! The cloud assembly: the one contract between what writes infrastructure and what deploys it.
//!
//! An assembly is a directory. It holds one CloudFormation template per stack and a [`Manifest`] (`manifest.json`) that
//! says where each stack goes ([`Placement`]), which values flow between stacks ([`Wire`]), which values are read in each
//! region before a stack is deployed ([`LookUp`]) and which files must be packaged and published first ([`Asset`]).
//!
//! Synthesis writes it, the deploy engine reads it, and neither knows the other. The format is versioned
//! ([`FORMAT_VERSION`]): a reader refuses a version that it does not know.
//!
//! ```
//! use flagcdk_assembly::{Manifest, Placement, Region, StackEntry};
//!
//! let manifest = Manifest::new("shop", Region::EU_WEST_1, vec![Region::EU_WEST_1, Region::US_EAST_1]);
//! assert_eq!(manifest.regions.len(), 2);
//! ```
#![deny(missing_docs)]

mod directory;
mod finding;
mod manifest;
mod region;
pub mod security;

pub use directory::{Assembly, AssemblyError, MANIFEST_FILE};
pub use finding::{Finding, Severity};
pub use manifest::{
    ASSET_BUCKET, Architecture, Asset, AssetSource, AssetUse, Capability, FORMAT_VERSION, LookUp, LookUpKind, Manifest,
    Placement, StackEntry, TextSource, Wire,
};
pub use region::{Partition, Region, UnknownRegion};
