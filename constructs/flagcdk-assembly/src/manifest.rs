//! The manifest of an assembly: what to deploy, where, and in which order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Finding, Region};

/// The version of the format that this crate writes and the only one that it reads.
pub const FORMAT_VERSION: u32 = 1;

/// The name of the bucket in each region that assets and templates are published to.
pub const ASSET_BUCKET: &str = "flagcdk-assets-${AWS::AccountId}-${AWS::Region}";

/// The contents of `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this format, see [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The name of the app, the value of the tag `flagcdk:app` by which the engine knows what is its own.
    pub app: String,
    /// The region of the ordinary stacks, from which StackSets are administered.
    pub home_region: Region,
    /// Every region that the app is deployed to, the home region included.
    pub regions: Vec<Region>,
    /// The stacks, each after all that it depends on.
    pub stacks: Vec<StackEntry>,
    /// What must be packaged and published before stacks can use it.
    pub assets: Vec<Asset>,
    /// What synthesis found and did not think worth stopping for.
    pub warnings: Vec<Finding>,
}

impl Manifest {
    /// A manifest without stacks.
    pub fn new(app: impl Into<String>, home_region: Region, regions: Vec<Region>) -> Self {
        let (stacks, assets, warnings) = (Vec::new(), Vec::new(), Vec::new());
        Self { format_version: FORMAT_VERSION, app: app.into(), home_region, regions, stacks, assets, warnings }
    }

    /// The stack with this id.
    pub fn stack(&self, id: &str) -> Option<&StackEntry> {
        self.stacks.iter().find(|stack| stack.id == id)
    }

    /// The asset with this id.
    pub fn asset(&self, id: &str) -> Option<&Asset> {
        self.assets.iter().find(|asset| asset.id == id)
    }
}

/// Where a stack's template is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// Once, as an ordinary stack in the home region.
    Home,
    /// In every region of the app, as a StackSet administered from the home region.
    EveryRegion,
}

/// One stack: a template and what must be known to deploy it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackEntry {
    /// The id that the app gave the stack, unique in the app.
    pub id: String,
    /// The name of the stack, or of the StackSet, in CloudFormation.
    pub name: String,
    /// What the stack is for, 1,024 bytes at most.
    pub description: String,
    /// Where the template goes.
    pub placement: Placement,
    /// The template's file, relative to the assembly's directory.
    pub template: String,
    /// What the template needs to be allowed to make.
    pub capabilities: Vec<Capability>,
    /// Tags of the stack, which CloudFormation hands down to its resources.
    pub tags: BTreeMap<String, String>,
    /// Ids of the stacks that must be up to date before this one.
    pub depends_on: Vec<String>,
    /// Parameters that get the output of a stack in the home region.
    pub wires: Vec<Wire>,
    /// Mappings that get a value per region.
    pub look_ups: Vec<LookUp>,
    /// Parameters that get the key of a published asset.
    pub assets: Vec<AssetUse>,
}

/// A capability that CloudFormation asks to be acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Capability {
    /// The template makes IAM resources.
    #[serde(rename = "CAPABILITY_IAM")]
    Iam,
    /// The template makes IAM resources with names of its own.
    #[serde(rename = "CAPABILITY_NAMED_IAM")]
    NamedIam,
    /// The template uses macros.
    #[serde(rename = "CAPABILITY_AUTO_EXPAND")]
    AutoExpand,
}

impl Capability {
    /// CloudFormation's own word, such as `CAPABILITY_IAM`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Iam => "CAPABILITY_IAM",
            Self::NamedIam => "CAPABILITY_NAMED_IAM",
            Self::AutoExpand => "CAPABILITY_AUTO_EXPAND",
        }
    }
}

/// A value that the engine carries from a stack in the home region into the parameter of another stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wire {
    /// The parameter that gets the value.
    pub parameter: String,
    /// The id of the stack that has the value.
    pub stack: String,
    /// The output of that stack.
    pub output: String,
}

/// A value that differs by region and that no template can compute.
///
/// The engine reads it in every region once the stacks before are up to date, and writes it into the template: into
/// `Mappings.<mapping>.<region>.<key>`. Until then the template holds a placeholder there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookUp {
    /// The name of the mapping.
    pub mapping: String,
    /// The second-level key in the mapping.
    pub key: String,
    /// What is read.
    pub kind: LookUpKind,
}

/// What a [`LookUp`] reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum LookUpKind {
    /// The `LatestStreamArn` of a DynamoDB table's replica in the region.
    ///
    /// The ARN ends in the time at which the stream was made, so that no template can say it.
    /// See [DescribeTable](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html).
    DynamodbStream {
        /// The name of the table.
        table: TextSource,
    },
}

/// A text that is known when the app is synthesized, or after another stack is deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "snake_case", deny_unknown_fields)]
pub enum TextSource {
    /// Known now.
    Literal {
        /// The text.
        text: String,
    },
    /// The output of a stack in the home region.
    Output {
        /// The id of the stack.
        stack: String,
        /// The name of its output.
        output: String,
    },
}

/// A file that is packaged, named after its contents, and uploaded to a bucket in every region that needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// The id of the asset, unique in the app.
    pub id: String,
    /// Where its bytes come from.
    pub source: AssetSource,
}

/// Where the bytes of an [`Asset`] come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum AssetSource {
    /// A binary of a cargo package, built in the release profile and zipped as a Lambda function's `bootstrap`.
    CargoBinary {
        /// The cargo package.
        package: String,
        /// The binary target in the package.
        binary: String,
        /// What the binary must run on.
        architecture: Architecture,
    },
    /// A directory, zipped; the path is relative to where `flagcdk` runs.
    Directory {
        /// The directory.
        path: String,
    },
}

/// The instruction set of a Lambda function, in AWS's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Architecture {
    /// 64-bit x86.
    #[default]
    #[serde(rename = "x86_64")]
    X86_64,
    /// 64-bit ARM, Graviton.
    #[serde(rename = "arm64")]
    Arm64,
}

impl Architecture {
    /// AWS's word: `x86_64` or `arm64`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }
}

/// A parameter of a stack that gets the S3 key of a published asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetUse {
    /// The id of the asset.
    pub asset: String,
    /// The parameter.
    pub parameter: String,
}
