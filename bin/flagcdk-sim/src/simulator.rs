//! Starting and stopping.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::{Clock, Pace};
use crate::cloud::Cloud;
use crate::faults::{FaultPlan, Faults};
use crate::http::{self, Server, Shared};
use crate::log::RequestRecord;
use crate::store::{StateError, Store};

/// A simulated cloud that is not started yet.
#[derive(Clone, Debug)]
pub struct Simulator {
    account: String,
    state_dir: Option<PathBuf>,
    pace: Pace,
    clock: Clock,
    faults: FaultPlan,
    address: SocketAddr,
    disabled_regions: BTreeSet<String>,
    foreign_buckets: BTreeSet<String>,
}

/// Why the simulator cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Its state cannot be read or kept.
    #[error(transparent)]
    State(#[from] StateError),
    /// It cannot listen.
    #[error("cannot listen at `{address}`")]
    Listen {
        /// Where it should have listened.
        address: SocketAddr,
        /// What the operating system says.
        source: std::io::Error,
    },
}

impl Default for Simulator {
    fn default() -> Self {
        Self::new()
    }
}

impl Simulator {
    /// Account 123456789012, an empty cloud in memory only, work that is done at once, no faults, a free port.
    pub fn new() -> Self {
        Self {
            account: "123456789012".to_owned(),
            state_dir: None,
            pace: Pace::default(),
            clock: Clock::default(),
            faults: FaultPlan::default(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            disabled_regions: BTreeSet::new(),
            foreign_buckets: BTreeSet::new(),
        }
    }

    /// Keeps the cloud in this directory, which is made when it is not there.
    #[must_use]
    pub fn state_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.state_dir = Some(directory.into());
        self
    }

    /// How long the cloud takes for a stack.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Where the time comes from.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The account: twelve digits.
    #[must_use]
    pub fn account(mut self, account: &str) -> Self {
        self.account = account.to_owned();
        self
    }

    /// What goes wrong.
    #[must_use]
    pub fn faults(mut self, plan: FaultPlan) -> Self {
        self.faults = plan;
        self
    }

    /// Where to listen; a port of 0 is any free one.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// The account has not opted in to this region.
    #[must_use]
    pub fn disable_region(mut self, region: &str) -> Self {
        self.disabled_regions.insert(region.to_owned());
        self
    }

    /// A bucket of this name belongs to somebody else.
    #[must_use]
    pub fn foreign_bucket(mut self, name: &str) -> Self {
        self.foreign_buckets.insert(name.to_owned());
        self
    }

    /// Starts to answer.
    ///
    /// # Errors
    ///
    /// When the state cannot be read, another simulator uses it, or the address is not free.
    pub async fn start(self) -> Result<Running, StartError> {
        let store = match &self.state_dir {
            Some(directory) => Store::open(directory, &self.account)?,
            None => Store::in_memory(),
        };
        let mut cloud = Cloud::new(self.account, self.pace, self.clock, store);
        cloud.disabled_regions = self.disabled_regions;
        cloud.foreign_buckets = self.foreign_buckets;
        let shared = Arc::new(Shared::new(cloud, Faults::new(self.faults)));
        let address = self.address;
        let server = http::listen(address, Arc::clone(&shared))
            .await
            .map_err(|source| StartError::Listen { address, source })?;
        let endpoint_url = format!("http://{}", server.address);
        Ok(Running { endpoint_url, shared, server })
    }
}

/// A resource without a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retained {
    /// Where it is.
    pub region: String,
    /// Its type, such as `AWS::DynamoDB::GlobalTable`.
    pub type_name: String,
    /// Its physical id.
    pub physical_id: String,
}

/// A simulated cloud that answers, until it is shut down or dropped.
#[derive(Debug)]
pub struct Running {
    endpoint_url: String,
    shared: Arc<Shared>,
    server: Server,
}

impl Running {
    /// The endpoint of every service in every region.
    pub fn endpoint_url(&self) -> &str {
        &self.endpoint_url
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Every request so far, in the order in which they came.
    pub fn request_log(&self) -> Vec<RequestRecord> {
        self.shared.log().clone()
    }

    /// The requests so far that ask for a change.
    pub fn mutating_requests(&self) -> Vec<RequestRecord> {
        self.shared.log().iter().filter(|record| record.mutating).cloned().collect()
    }

    /// Forgets the requests so far.
    pub fn clear_request_log(&self) {
        self.shared.log().clear();
    }

    /// Resources that outlived their stacks, because they were to be retained or could not be deleted, region by region.
    pub fn retained(&self) -> Vec<Retained> {
        let mut cloud = self.shared.cloud();
        let regions: Vec<String> = cloud.store.regions.keys().map(str::to_owned).collect();
        let mut retained = Vec::new();
        for region in regions {
            for orphan in &cloud.store.region_view(&region).orphans {
                retained.push(Retained {
                    region: region.clone(),
                    type_name: orphan.type_name.clone(),
                    physical_id: orphan.physical_id.clone(),
                });
            }
        }
        retained
    }

    /// From now on, other things go wrong.
    pub fn set_faults(&self, plan: FaultPlan) {
        self.shared.set_faults(Faults::new(plan));
    }

    /// Stops answering, and leaves the state to the next simulator.
    pub async fn shutdown(self) {
        self.server.stop().await;
    }
}
