//! What the feature-flag system is configured with.

mod environment;
mod network;
mod read;
mod regions;
mod services;

use std::collections::BTreeMap;

use flagcdk::patterns::Services;
use flagcdk::{Architecture, Finding, Region};

pub use network::Cidr;
pub use regions::DEFAULT_REGIONS;

/// How many business rules the validator is shipped with.
pub const BUSINESS_RULES: u32 = 234;

/// How many services there are unless somebody says otherwise.
const DEFAULT_SERVICES: usize = 156;

/// What the app is made for. [`Config::new`] has the defaults, [`Config::from_settings`] checks what people give.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// The name of the environment, such as `dev`. Names of resources begin with it.
    pub environment: String,
    /// Whether sizes are for work or for trying things out; by default for trying things out, except in `prod`.
    pub tier: Tier,
    /// The region of what exists once, and the only one that flags are written in; by default `us-east-1`.
    pub home_region: Region,
    /// Every region, the home region included; by default [`DEFAULT_REGIONS`].
    pub regions: Vec<Region>,
    /// The services that flags go to; by default 156, numbered.
    pub services: Services,
    /// Whether network, cache and audit are spread over three zones; by default in production.
    pub multi_az: bool,
    /// Tags beside those that every resource has; by default none.
    pub tags: BTreeMap<String, String>,
    /// The value of the tag `CostCenter`; by default `engineering`.
    pub cost_center: String,
    /// The value of the tag `Owner`; by default `platform-team`.
    pub owner: String,
    /// For how many days the functions' logs are kept; by default 7. Audit logs are kept for a year.
    pub retention_days: u32,
    /// The network's block in regions that are not to have their own default, `10.<number of the region>.0.0/16`.
    pub vpc_cidrs: BTreeMap<Region, Cidr>,
    /// What the functions run on; by default 64-bit x86.
    pub architecture: Architecture,
    /// Who gets alerts by mail; by default nobody.
    pub alert_emails: Vec<String>,
    /// Whether the app makes the account's service-linked role of OpenSearch; by default it does. An account has one for
    /// all, so that a second environment must not.
    pub opensearch_service_linked_role: bool,
    /// What was found when the settings were read and is worth a look.
    pub warnings: Vec<Finding>,
}

/// Whether sizes are for work or for trying things out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Small nodes, single ones unless zones are asked for.
    Development,
    /// Large nodes over three zones, and concurrency of their own for the functions.
    Production,
}

impl Config {
    /// The defaults for an environment. The name is not checked here.
    pub fn new(environment: impl Into<String>) -> Self {
        let environment = environment.into();
        let tier = environment::default_tier(&environment).unwrap_or(Tier::Development);
        Self {
            environment,
            tier,
            home_region: Region::US_EAST_1,
            regions: DEFAULT_REGIONS.to_vec(),
            services: Services::numbered(DEFAULT_SERVICES),
            multi_az: tier == Tier::Production,
            tags: BTreeMap::new(),
            cost_center: "engineering".to_owned(),
            owner: "platform-team".to_owned(),
            retention_days: 7,
            vpc_cidrs: BTreeMap::new(),
            architecture: Architecture::default(),
            alert_emails: Vec::new(),
            opensearch_service_linked_role: true,
            warnings: Vec::new(),
        }
    }

    /// What the names of resources begin with.
    pub fn name_prefix(&self) -> String {
        name_prefix(&self.environment)
    }

    /// The tags of every resource: those that every environment has, and the further ones.
    pub fn all_tags(&self) -> BTreeMap<String, String> {
        let own = [
            ("Environment", self.environment.as_str()),
            ("ManagedBy", "flagcdk"),
            ("Service", "feature-flags"),
            ("CostCenter", &self.cost_center),
            ("Owner", &self.owner),
        ];
        let mut tags = self.tags.clone();
        tags.extend(own.map(|(key, value)| (key.to_owned(), value.to_owned())));
        tags
    }

    /// The network's block in a region: the one it was given, else its default.
    pub fn vpc_cidr(&self, region: Region) -> Cidr {
        self.vpc_cidrs.get(&region).copied().unwrap_or_else(|| network::default_cidr(region))
    }
}

impl Tier {
    /// The first for development, the second for production.
    pub fn choose<T>(self, development: T, production: T) -> T {
        match self {
            Self::Development => development,
            Self::Production => production,
        }
    }
}

/// The environment is 2 to 17 characters, so that this is 31 at most.
fn name_prefix(environment: &str) -> String {
    format!("{environment}-feature-flags")
}
