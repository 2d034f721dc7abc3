//! A REST API: a function behind an HTTP API, and a table that the function alone reads and writes.

use flagcdk::apigatewayv2::{HttpApi, HttpApiProps, HttpCors, Route, Throttling};
use flagcdk::dynamodb::{Key, Table, TableProps};
use flagcdk::lambda::{Code, Function, FunctionProps};
use flagcdk::{App, ExitCode, Placement, Region};

pub(crate) fn app() -> App {
    let app = App::new("shop", Region::EU_WEST_1);
    let stack = app.stack("Api", Placement::Home);

    let table = Table::new(&stack, "Orders", TableProps::builder().partition_key(Key::text("id")).build());
    let orders =
        FunctionProps::builder().code(Code::cargo("orders")).environment([("TABLE".to_owned(), table.name())]).build();
    let orders = Function::new(&stack, "Handler", orders);
    table.as_ref().grant_read_write(&orders);

    let cors = HttpCors::builder().origins(["https://shop.example.com".into()]).methods(["GET", "POST"]).build();
    let props = HttpApiProps::builder().cors(cors).throttling(Throttling { rate: 100, burst: 200 }).build();
    let api = HttpApi::new(&stack, "Api", props);
    // A route asks for a signature of the account, unless it says otherwise.
    api.route(Route::to("GET /orders/{id}", &orders));
    api.route(Route::to("POST /orders", &orders));
    api.route(Route::to("GET /health", &orders).open_to_anyone());

    stack.output("Url", api.url());
    app
}

fn main() -> ExitCode {
    flagcdk::main(|_| app())
}
