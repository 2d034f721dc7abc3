//! Every template of the shipped app as a plain stack of ministack.

use flagcdk_assembly::Region;
use flagcdk_stacks::{Config, app_with};
use flagcdk_tests::emulator::Server;
use flagcdk_tests::ministack::{UNKNOWN_TYPES, deploy};

#[tokio::test]
async fn every_template_makes_a_stack() {
    let server = Server::ministack();
    let cloud = server.connect(Region::US_EAST_1).await;
    let assembly = app_with(&Config::new("dev")).synth().unwrap();
    let left_out = deploy(&cloud, &server.endpoint_url, &assembly, None, |_| {}).await;
    assert_eq!(left_out.into_iter().collect::<Vec<_>>(), UNKNOWN_TYPES);
}
