//! Elastic Compute Cloud, the network half of it: where functions, caches and domains live, and who may talk to whom.
//!
//! A [`Vpc`] is private: without saying so nothing in it reaches the internet, and services of AWS are reached by
//! [`InterfaceEndpoint`]s. A [`SecurityGroup`] lets nothing in and nothing out until it is told.
//!
//! ```
//! use flagcdk::ec2::{Port, SecurityGroup, SecurityGroupProps, Vpc, VpcProps};
//! use flagcdk::{App, Placement, Region};
//!
//! let app = App::new("shop", Region::EU_WEST_1);
//! let stack = app.stack("Network", Placement::EveryRegion);
//! let vpc = Vpc::new(&stack, "Vpc", VpcProps::builder().build());
//! let group = |id: &str, what: &str| {
//!     SecurityGroup::new(&stack, id, SecurityGroupProps::builder().vpc(&vpc).description(what).build())
//! };
//! let (functions, database) = (group("Functions", "Functions"), group("Database", "The database"));
//! functions.connect_to(&database, Port::tcp(5432), "Functions read prices");
//! assert!(!app.synth()?.template("Network").contains("NatGateway"));
//! # Ok::<(), flagcdk::SynthError>(())
//! ```

mod endpoint;
mod security_group;
mod vpc;

pub use endpoint::{
    GatewayEndpoint, GatewayEndpointProps, GatewayService, InterfaceEndpoint, InterfaceEndpointProps, InterfaceService,
};
pub use security_group::{Peer, Port, SecurityGroup, SecurityGroupProps};
pub use vpc::{Nat, Vpc, VpcProps, VpcRef};
