//! Written by `flagcdk migrate` from `containers.yaml`.

use flagcdk::{App, Parameter, Placement, Stack, Value, cfn, text};

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    let tag = stack.parameter(
        "Tag",
        Parameter::string().default_value("latest"),
    );

    let cluster = stack.add(
        "Cluster",
        cfn::ecs::Cluster::new()
            .cluster_settings([
                cfn::ecs::cluster::ClusterSettings::new()
                    .name("containerInsights")
                    .value("enabled"),
            ]),
    );

    let task = stack.add(
        "Task",
        cfn::ecs::TaskDefinition::new()
            .container_definitions([
                cfn::ecs::task_definition::ContainerDefinition::new()
                    .environment([
                        cfn::ecs::task_definition::KeyValuePair::new()
                            .name("TAG")
                            .value(&tag),
                        cfn::ecs::task_definition::KeyValuePair::new()
                            .name("LEVEL")
                            .value("3"),
                    ])
                    .essential(true)
                    .health_check(
                        cfn::ecs::task_definition::HealthCheck::new()
                            .command(["CMD-SHELL", "curl -f http://localhost || exit 1"]),
                    )
                    .image(text!("nginx:", &tag))
                    .log_configuration(
                        cfn::ecs::task_definition::LogConfiguration::new()
                            .log_driver("awslogs")
                            .options([
                                ("awslogs-group", Value::<String>::from("g")),
                                ("awslogs-region", Value::region()),
                            ]),
                    )
                    .name("web")
                    .port_mappings([
                        cfn::ecs::task_definition::PortMapping::new()
                            .container_port(80)
                            .protocol(cfn::ecs::task_definition::Protocol::TCP),
                    ]),
            ])
            .cpu("256")
            .memory("512")
            .network_mode(cfn::ecs::task_definition::NetworkMode::AWSVPC)
            .requires_compatibilities([
                cfn::ecs::task_definition::RequiresCompatibilities::FARGATE,
            ]),
    );

    stack.add(
        "Service",
        cfn::ecs::Service::new()
            .cluster(cluster.reference())
            .desired_count(2)
            .launch_type(cfn::ecs::service::LaunchType::FARGATE)
            .network_configuration(
                cfn::ecs::service::NetworkConfiguration::new()
                    .awsvpc_configuration(
                        cfn::ecs::service::AwsVpcConfiguration::new()
                            .assign_public_ip(cfn::ecs::service::AssignPublicIp::ENABLED)
                            .security_groups(["sg-1"])
                            .subnets(["subnet-1"]),
                    ),
            )
            .task_definition(task.reference()),
    );

    stack
}
