//! Written by `flagcdk migrate` from `search.yaml`.

use flagcdk::{App, Condition, Expr, Parameter, Placement, Stack, Value, cfn, text};
use serde_json::json;

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let subnets = stack.parameter(
        "Subnets",
        Parameter::of_type("List<AWS::EC2::Subnet::Id>"),
    );
    let nodes = stack.parameter(
        "Nodes",
        Parameter::of_type("Number").default_value("3"),
    );

    let many = stack.condition(
        "Many",
        Condition::not(Condition::equals(&nodes, "1")),
    );

    let group = stack.add(
        "Group",
        cfn::ec2::SecurityGroup::new().group_description("search"),
    );

    let domain = stack.add(
        "Domain",
        cfn::opensearchservice::Domain::new()
            .access_policies(
                Expr::map([
                    (
                        "Statement",
                        Expr::List(
                            [
                                Expr::map([
                                    ("Action", Expr::from("es:*")),
                                    ("Effect", Expr::from("Allow")),
                                    ("Principal", Expr::from(json!({ "AWS": "*" }))),
                                    (
                                        "Resource",
                                        Expr::from(
                                            text!("arn:", Value::partition(), ":es:*"),
                                        ),
                                    ),
                                ]),
                            ]
                                .into(),
                        ),
                    ),
                ]),
            )
            .advanced_options([
                ("override_main_response_version", "false"),
                ("rest.action.multi.allow_explicit_index", "true"),
            ])
            .cluster_config(
                cfn::opensearchservice::domain::ClusterConfig::new()
                    .instance_count(nodes.clone().cast())
                    .instance_type("t3.small.search")
                    .zone_awareness_config(
                        Value::when(
                            &many,
                            cfn::opensearchservice::domain::ZoneAwarenessConfig::new()
                                .availability_zone_count(3),
                            Value::no_value(),
                        ),
                    )
                    .zone_awareness_enabled(Value::when(&many, true, false)),
            )
            .ebs_options(
                cfn::opensearchservice::domain::EBSOptions::new()
                    .ebs_enabled(true)
                    .volume_size(20)
                    .volume_type("gp3"),
            )
            .engine_version("OpenSearch_2.19")
            .vpc_options(
                cfn::opensearchservice::domain::VPCOptions::new()
                    .security_group_ids([group.reference()])
                    .subnet_ids(
                        Value::when(
                            &many,
                            subnets.clone().cast(),
                            [subnets.clone().cast::<Vec<String>>().select(0)],
                        ),
                    ),
            ),
    );
    domain.update_policy(json!({ "EnableVersionUpgrade": true }));

    let endpoint = stack.add(
        "Endpoint",
        cfn::ec2::VPCEndpoint::new()
            .private_dns_enabled(true)
            .security_group_ids([group.get(cfn::ec2::SecurityGroup::GROUP_ID)])
            .service_name(
                text!("com.amazonaws.", Value::region(), ".s3"),
            )
            .subnet_ids(subnets.clone().cast())
            .vpc_endpoint_type(cfn::ec2::vpc_endpoint::VpcEndpointType::INTERFACE)
            .vpc_id(group.get(cfn::ec2::SecurityGroup::VPC_ID)),
    );

    stack.output(
        "Endpoint",
        domain.get(cfn::opensearchservice::Domain::DOMAIN_ENDPOINT),
    );
    stack.output(
        "Entries",
        Value::join(",", endpoint.get(cfn::ec2::VPCEndpoint::DNS_ENTRIES)),
    );

    stack
}
