//! What goes over the wire, against a server that plays a script.

mod answers;
mod credentials;
mod environment;
mod items;
mod objects;
mod retries;
mod server;
mod stack_sets;
mod stacks;

use std::time::Duration;

use flagcdk_assembly::Region;

use crate::credentials::Source;
use crate::{AwsCloud, Connection, StaticCredentials, Timing};
use server::Server;

const HOME: Region = Region::EU_CENTRAL_1;

/// A timing that lets tests be quick.
fn impatient() -> Timing {
    Timing {
        connect: Duration::from_secs(5),
        attempt: Duration::from_secs(10),
        first_backoff: Duration::from_millis(1),
        longest_backoff: Duration::from_millis(2),
        ..Timing::default()
    }
}

fn connection(server: &Server) -> Connection {
    Connection {
        endpoint_url: Some(server.url()),
        credentials: Some(StaticCredentials::simulated()),
        timing: impatient(),
        ..Connection::new(HOME)
    }
}

async fn connect(server: &Server) -> AwsCloud {
    AwsCloud::connect(connection(server)).await.expect("the endpoint is an address")
}

async fn connect_as(server: &Server, source: Source) -> AwsCloud {
    AwsCloud::connect_as(connection(server), source).await.expect("the endpoint is an address")
}
