//! A network with a database in it, and a function beside it that gets the password from Secrets Manager.

use flagcdk::ec2::{
    InterfaceEndpoint, InterfaceEndpointProps, InterfaceService, Port, SecurityGroup, SecurityGroupProps, Vpc, VpcProps,
};
use flagcdk::lambda::{Code, Function, FunctionProps, VpcAccess};
use flagcdk::rds::{DatabaseInstance, DatabaseInstanceProps, Engine};
use flagcdk::{App, ExitCode, Placement, Region};

pub(crate) fn app() -> App {
    let app = App::new("shop", Region::EU_WEST_1);
    let stack = app.stack("Data", Placement::Home);
    let vpc = Vpc::new(&stack, "Vpc", VpcProps::builder().availability_zones(2).build());

    let props = DatabaseInstanceProps::builder().vpc(&vpc).engine(Engine::postgres("17.6")).database("orders").build();
    let database = DatabaseInstance::new(&stack, "Orders", props);

    let group = |id: &str, what: &str| {
        SecurityGroup::new(&stack, id, SecurityGroupProps::builder().vpc(&vpc).description(what).build())
    };
    let (readers, endpoints) = (group("Readers", "Functions that read orders"), group("Endpoints", "Endpoints of AWS"));
    readers.connect_to(database.security_group(), Port::tcp(database.port()), "Readers ask for orders");
    readers.connect_to(&endpoints, Port::tcp(443), "Readers ask for the password");
    // The network has no way to the internet: Secrets Manager comes into it.
    let props = InterfaceEndpointProps::builder()
        .vpc(&vpc)
        .service(InterfaceService::SECRETS_MANAGER)
        .security_group(endpoints.id())
        .build();
    InterfaceEndpoint::new(&stack, "SecretsManager", props);

    let environment = [
        ("DATABASE_HOST".to_owned(), database.endpoint()),
        ("DATABASE_SECRET".to_owned(), database.secret().arn().into()),
    ];
    let reader = FunctionProps::builder()
        .code(Code::cargo("reader"))
        .environment(environment)
        .vpc(VpcAccess { subnets: vpc.private_subnet_ids(), security_groups: vec![readers.id()] })
        .build();
    let reader = Function::new(&stack, "Reader", reader);
    database.secret().grant_read(&reader);
    stack.output("Host", database.endpoint());
    app
}

fn main() -> ExitCode {
    flagcdk::main(|_| app())
}
