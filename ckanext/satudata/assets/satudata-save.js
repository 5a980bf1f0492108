/* Saving without losing the page: what fails leaves the form as it stands, with a word on what to do. A session that
 * ended is renewed by logging in elsewhere; the token of the form is then fetched anew. Without this script the form is
 * sent by the browser as ever. */
this.ckan.module('satudata-save', function ($) {
  'use strict';

  return {
    options: {
      sessionUrl: '', user: '', loginUrl: '', login: '', session: '', failed: '', saving: '', refused: '', tooLarge: '',
      edit: '', stay: 'no', again: ''
    },

    initialize: function () {
      $.proxyAll(this, /^_on/);
      this.form = this.el[0].closest('form');
      if (!this.form || !window.fetch) { return; }
      // Before CKAN's own module, which shuts the buttons for good.
      document.addEventListener('submit', this._onSubmit, true);
      this.form.addEventListener('satudata:trouble', this._onTrouble);
    },

    teardown: function () {
      document.removeEventListener('submit', this._onSubmit, true);
    },

    _onTrouble: function (event) {
      // What a check says is less than what became of a save.
      if (event.detail.asked && this.failed) { return; }
      this._say(event.detail.text, event.detail.login);
    },

    _say: function (text, login) {
      window.satudata.sending.say(this.el[0].querySelector('[data-satudata-trouble]'), text, login, this.options);
    },

    _onSubmit: function (event) {
      if (event.target !== this.form) { return; }
      event.preventDefault();
      event.stopPropagation();
      if (this.sending) { return; }
      this._send(event.submitter, true);
    },

    _send: function (button, again) {
      var self = this;
      this._busy(button, true);
      this.failed = false;
      this.form.dispatchEvent(new CustomEvent('satudata:sent'));
      var body = new URLSearchParams(new FormData(this.form));
      if (button && button.name) { body.set(button.name, button.value); }
      window.fetch(this._address(button), {
        method: 'POST',
        body: body,
        credentials: 'same-origin',
        headers: { 'X-Satudata-Save': '1' }
      }).then(function (response) {
        var json = (response.headers.get('Content-Type') || '').indexOf('json') !== -1;
        if (json && response.ok) {
          return response.json().then(function (answer) { self._go(answer.location, button); });
        }
        if (response.ok || response.status === 409) {
          // Refused, with the reasons beside the fields: the browser asks again and shows the page it gets.
          return self._natively(button);
        }
        if (response.status === 413) { return self._fail(self.options.tooLarge, button); }
        if (response.status >= 500) { return self._fail(self.options.failed, button); }
        return window.satudata.sending.renew(self.options).then(function (renewed) {
          if (renewed && again) { return self._send(button, false); }
          return self._fail(renewed ? self.options.refused : self.options.session, button, !renewed);
        });
      }).catch(function () {
        self._fail(self.options.failed, button);
      });
    },

    _address: function (button) {
      // The property of a button without an address of its own is that of the page.
      var own = button && button.getAttribute('formaction');
      return own || this.form.getAttribute('action') || window.location.href.split('#')[0];
    },

    _fail: function (text, button, login) {
      this.failed = true;
      this._busy(button, false);
      this._say(text, login);
      var place = this.el[0].querySelector('[data-satudata-trouble]');
      place.scrollIntoView({ block: 'center' });
      // What was marked as sent has not arrived.
      this.form.dispatchEvent(new Event('input', { bubbles: true }));
    },

    _natively: function (button) {
      $(window).off('beforeunload');
      if (button && button.name) {
        var hidden = document.createElement('input');
        hidden.type = 'hidden';
        hidden.name = button.name;
        hidden.value = button.value;
        this.form.append(hidden);
      }
      this.form.setAttribute('action', this._address(button));
      HTMLFormElement.prototype.submit.call(this.form);
    },

    _go: function (location, button) {
      var target = new URL(location, window.location.href);
      if (target.pathname === new URL(this.options.loginUrl, window.location.href).pathname) {
        return this._fail(this.options.session, button, true);
      }
      this.form.dispatchEvent(new CustomEvent('satudata:saved'));
      $(window).off('beforeunload');
      if (this.options.stay === 'yes' && button && !button.hasAttribute('formaction')) {
        target = this._editing(target);
      }
      if (target.pathname === window.location.pathname && target.search === window.location.search) {
        window.history.replaceState(null, '', target.href);
        window.location.reload();
      } else {
        window.location.assign(target.href);
      }
    },

    /* A draft that was saved is gone on with where the person was. */
    _editing: function (target) {
      var edit = new URL(this.options.edit.replace('__id__', encodeURIComponent(target.pathname.split('/').pop())), window.location.href);
      var here = this.last || this.form.querySelector('details[data-satudata-group][open]:not(:first-of-type)');
      edit.hash = here ? here.id : '';
      return edit;
    },

    _busy: function (button, busy) {
      this.sending = busy;
      this.form.setAttribute('aria-busy', String(busy));
      if (busy) { this.last = document.activeElement && document.activeElement.closest('details[data-satudata-group]'); }
      if (!button) { return; }
      if (busy) {
        button.setAttribute('data-was', button.innerHTML);
        button.textContent = this.options.saving;
      } else if (button.hasAttribute('data-was')) {
        button.innerHTML = button.getAttribute('data-was');
        button.removeAttribute('data-was');
      }
      button.setAttribute('aria-disabled', busy ? 'true' : 'false');
    }
  };
});
