/* Adding a file: how far the upload is, and a form that stays as it is when the line breaks. */
this.ckan.module('satudata-upload', function ($) {
  'use strict';

  return {
    options: { uploading: '', done: '', failed: '', session: '', login: '', loginUrl: '', sessionUrl: '', user: '', tooLarge: '', again: '' },

    initialize: function () {
      $.proxyAll(this, /^_on/);
      this.form = this.el[0].closest('form');
      if (!this.form) { return; }
      document.addEventListener('submit', this._onSubmit, true);
    },

    teardown: function () {
      document.removeEventListener('submit', this._onSubmit, true);
    },

    _onSubmit: function (event) {
      if (event.target !== this.form) { return; }
      var file = this.form.querySelector('input[type=file]');
      // Without a file there is nothing to wait for: the browser sends the form.
      if (!this.sending && !(file && file.files.length)) { return; }
      event.preventDefault();
      event.stopPropagation();
      if (!this.sending) { this._send(event.submitter, true); }
    },

    _send: function (button, again) {
      var self = this;
      var body = new FormData(this.form);
      if (button && button.name) { body.set(button.name, button.value); }
      var request = new XMLHttpRequest();
      this.sending = true;
      this.form.setAttribute('aria-busy', 'true');
      this._trouble('', false);
      this._progress(0);
      request.open('POST', (button && button.getAttribute('formaction')) || this.form.getAttribute('action') || window.location.href);
      request.setRequestHeader('X-Satudata-Save', '1');
      request.upload.addEventListener('progress', function (event) {
        if (event.lengthComputable) { self._progress(event.loaded / event.total); }
      });
      request.addEventListener('load', function () { self._answer(request, button, again); });
      request.addEventListener('error', function () { self._fail(self.options.failed); });
      request.addEventListener('timeout', function () { self._fail(self.options.failed); });
      request.send(body);
    },

    _answer: function (request, button, again) {
      var self = this;
      if (request.status === 200 && (request.getResponseHeader('Content-Type') || '').indexOf('json') !== -1) {
        var target = new URL(JSON.parse(request.responseText).location, window.location.href);
        if (target.pathname === new URL(this.options.loginUrl, window.location.href).pathname) { return this._fail(this.options.session, true); }
        $(window).off('beforeunload');
        var same = target.pathname === window.location.pathname && target.search === window.location.search;
        if (same) { return window.location.reload(); }
        return window.location.assign(target.href);
      }
      if (request.status === 413) { return this._fail(this.options.tooLarge); }
      if (request.status === 200 || request.status === 409) { return this._refused(request.responseText); }
      if (request.status >= 500 || !request.status) { return this._fail(this.options.failed); }
      window.satudata.sending.renew(this.options).then(function (renewed) {
        if (!renewed) { return self._fail(self.options.session, true); }
        if (again) { self._send(button, false); } else { self._fail(self.options.failed); }
      }).catch(function () { self._fail(self.options.failed); });
    },

    /* The reasons stand on the page that came back; the file stays chosen here. */
    _refused: function (html) {
      var page = new DOMParser().parseFromString(html, 'text/html');
      var reasons = page.querySelector('#resource-edit .error-explanation') || page.querySelector('.flash-messages .alert');
      this._fail(reasons ? reasons.textContent.replace(/\s+/g, ' ').trim() : this.options.failed);
    },

    _fail: function (text, login) {
      this.sending = false;
      this.form.setAttribute('aria-busy', 'false');
      this.el[0].querySelector('[data-satudata-progress-bar]').hidden = true;
      this._trouble(text, login);
    },

    _trouble: function (text, login) {
      var place = this.el[0].querySelector('[data-satudata-trouble]');
      window.satudata.sending.say(place, text, login, this.options);
      if (text) { place.scrollIntoView({ block: 'center' }); }
    },

    _progress: function (part) {
      var box = this.el[0].querySelector('[data-satudata-progress-bar]');
      var percent = Math.floor(part * 100);
      box.hidden = false;
      box.querySelector('progress').value = percent;
      box.querySelector('span').textContent = percent < 100 ? this.options.uploading.replace('{percent}', percent + ' %') : this.options.done;
      box.scrollIntoView({ block: 'nearest' });
    }
  };
});
