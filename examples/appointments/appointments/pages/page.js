"use strict";

const find = (id) => document.getElementById(id);
const send = (path, data) =>
  fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(data) });

async function show() {
  const answer = await fetch("/appointments");
  find("sign-in").hidden = answer.ok;
  find("book").hidden = !answer.ok;
  if (!answer.ok) return false;
  const items = (await answer.json()).map((appointment) => {
    const item = document.createElement("li");
    const state = appointment.confirmed ? "confirmed" : "not confirmed yet";
    // textContent, so that a name is never read as HTML
    item.textContent = `${new Date(appointment.starts_at).toLocaleString()}: ${appointment.patient}, ${state}`;
    return item;
  });
  find("list").replaceChildren(...items);
  return true;
}

// An event only says that something changed. Events that arrive while nothing is connected are lost, so each new connection
// reads the list.
async function connect() {
  if (!(await show())) return;
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/ws/events`);
  socket.onmessage = show;
  socket.onclose = () => setTimeout(connect, 1000 + 4000 * Math.random());
}

find("sign-in").onsubmit = async (event) => {
  event.preventDefault();
  const answer = await send("/session", { token: event.target.token.value });
  event.target.reset();
  find("status").textContent = answer.ok ? "" : "This token is not valid.";
  if (answer.ok) connect();
};

find("book").onsubmit = async (event) => {
  event.preventDefault();
  const form = event.target;
  const starts = new Date(form.starts_at.value).toISOString();
  const answer = await send("/appointments", { patient: form.patient.value, starts_at: starts });
  find("status").textContent = answer.ok ? "" : await answer.text();
  if (answer.ok) {
    form.reset();
    show();
  }
};

connect();
