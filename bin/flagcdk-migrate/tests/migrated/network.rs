//! Written by `flagcdk migrate` from `network.yaml`.

use flagcdk::{App, Placement, Stack, cfn};

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let vpc = stack.add(
        "Vpc",
        cfn::ec2::VPC::new()
            .cidr_block("10.0.0.0/16")
            .tags([cfn::Tag::new().key("Name").value("main")]),
    );

    let gateway = stack.add(
        "Gateway",
        cfn::ec2::InternetGateway::new(),
    );

    let attachment = stack.add(
        "Attachment",
        cfn::ec2::VPCGatewayAttachment::new()
            .internet_gateway_id(gateway.reference())
            .vpc_id(vpc.reference()),
    );

    let public = stack.add(
        "Public",
        cfn::ec2::Subnet::new()
            .cidr_block("10.0.0.0/24")
            .map_public_ip_on_launch(true)
            .vpc_id(vpc.reference()),
    );

    let address = stack.add(
        "Address",
        cfn::ec2::EIP::new().domain("vpc"),
    );
    address.depends_on(&attachment);

    let routes = stack.add(
        "Routes",
        cfn::ec2::RouteTable::new().vpc_id(vpc.reference()),
    );

    let route = stack.add(
        "Route",
        cfn::ec2::Route::new()
            .destination_cidr_block("0.0.0.0/0")
            .gateway_id(gateway.reference())
            .route_table_id(routes.reference()),
    );
    route.depends_on(&attachment);

    stack.add(
            "Nat",
            cfn::ec2::NatGateway::new()
                .allocation_id(address.get(cfn::ec2::EIP::ALLOCATION_ID))
                .subnet_id(public.reference()),
        )
        .depends_on(&attachment)
        .depends_on(&route);

    let web = stack.add(
        "Web",
        cfn::ec2::SecurityGroup::new()
            .group_description("web")
            .security_group_ingress([
                cfn::ec2::security_group::Ingress::new()
                    .cidr_ip("0.0.0.0/0")
                    .from_port(443)
                    .ip_protocol("tcp")
                    .to_port(443),
                cfn::ec2::security_group::Ingress::new()
                    .ip_protocol("-1")
                    .source_security_group_id(
                        vpc.get(cfn::ec2::VPC::DEFAULT_SECURITY_GROUP),
                    ),
            ])
            .vpc_id(vpc.reference()),
    );

    stack.output("Group", web.get(cfn::ec2::SecurityGroup::GROUP_ID));

    stack
}
